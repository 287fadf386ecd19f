"""`flowengine check [PATH…]`: every finding of the project, before any call."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from flowengine.cli import kept_findings
from flowengine.cli.main import UsageError
from flowengine.cli.paths import is_among, roots_of
from flowengine.compiler.reading import read_project
from flowengine.compiler.sources import Sources as Project
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.render import RENDERERS, Style
from flowengine.diagnostics.sources import Sources


def arguments(parser: argparse.ArgumentParser) -> None:
    """PATHs, the form of the output, and whether warnings fail."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help="a project folder, a folder inside one, or files")
    forms = [renderer.name for renderer in RENDERERS]
    parser.add_argument("--format", choices=forms, default="text", help="how the findings are shown (default: text)")
    parser.add_argument("--strict", action="store_true", help="warnings fail the check, too")
    parser.add_argument("--no-cache", action="store_true", help="check anew, whatever is kept of an earlier check")


def style() -> Style:
    """How to show findings here: in colour on a terminal unless NO_COLOR is set, as wide as it is."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Style(colour=colour, width=shutil.get_terminal_size((120, 24)).columns)


def run(options: argparse.Namespace) -> int:
    """Check the projects that the paths belong to; 1 when there is an error."""
    renderer = next(renderer for renderer in RENDERERS if renderer.name == options.format)
    found, texts = [], {}
    for root, wanted in roots_of(options.paths).items():
        try:
            sources = read_project(root)
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from error
        findings = _findings(sources, kept=not options.no_cache)
        found += [finding for finding in findings if is_among(finding.span.file, wanted)]
        texts.update(sources.texts)
    print(renderer.render(found, Sources(texts), style()), end="")
    if options.format == "text" and not found:
        print("no findings")
    return int(any(finding.is_error or options.strict for finding in found))


def _findings(sources: Project, *, kept: bool) -> list[Diagnostic]:
    """The findings in a project's files: those that are kept of them, where they may be used."""
    kept = kept and kept_findings.is_large(sources)
    known = kept_findings.recall(sources) if kept else None
    if known is not None:
        return known
    # Imported late: who is told what is known needs no compiler.
    from flowengine.carriers.abilities import abilities
    from flowengine.cli.projects import findings_of
    from flowengine.compiler.build import build_sources

    found = findings_of(build_sources(sources, abilities()))
    if kept:
        kept_findings.keep(sources, found)
    return found
