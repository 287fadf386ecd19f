"""`flowengine graph`: draw a flow."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flowengine.cli.main import UsageError
from flowengine.cli.projects import open_projects
from flowengine.compiler.drawing import FORMATS, chart_of
from flowengine.diagnostics.suggest import closest


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("flow", metavar="FLOW", help="the flow to draw")
    parser.add_argument("--project", default=".", metavar="DIR", help="the project's folder (default: the present one)")
    parser.add_argument("--format", choices=sorted(FORMATS), help="the form (default: by the file's name, else svg)")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to write it (default: the terminal)")


def run(options: argparse.Namespace) -> int:
    (project,) = open_projects([options.project])
    build = project.build
    # A flow with findings can still be drawn, as long as it could be read.
    flow = build.flows.get(options.flow)
    if flow is None:
        near = closest(options.flow, build.flows)
        raise UsageError(f"there is no flow `{options.flow}`" + (f": did you mean `{near}`?" if near else ""))
    file = flow.name.span.file
    chart = chart_of(flow, build.sources.flows[file], file)
    try:
        text = FORMATS[_format(options)](chart)
    except ImportError:
        raise UsageError('svg needs the layout engine: pip install "flowengine[graph]"') from None
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, "utf-8")
    return 0


_ENDINGS = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot", ".json": "json"}


def _format(options: argparse.Namespace) -> str:
    if options.format is not None:
        return str(options.format)
    return _ENDINGS.get(options.output.suffix, "svg") if options.output is not None else "svg"
