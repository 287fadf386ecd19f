"""`flowengine check [PATH…]`: every finding of the project, before any call."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from flowengine.cli.projects import open_projects
from flowengine.diagnostics.render import RENDERERS, Style
from flowengine.diagnostics.sources import Sources


def arguments(parser: argparse.ArgumentParser) -> None:
    """PATHs, the form of the output, and whether warnings fail."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help="a project folder, a folder inside one, or files")
    forms = [renderer.name for renderer in RENDERERS]
    parser.add_argument("--format", choices=forms, default="text", help="text (default), json, github or sarif")
    parser.add_argument("--strict", action="store_true", help="warnings fail the check, too")


def style() -> Style:
    """How to show findings here: in colour on a terminal unless NO_COLOR is set, as wide as it is."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Style(colour=colour, width=shutil.get_terminal_size((120, 24)).columns)


def run(options: argparse.Namespace) -> int:
    """Check the projects that the paths belong to; 1 when there is an error."""
    renderer = next(renderer for renderer in RENDERERS if renderer.name == options.format)
    found, texts = [], {}
    for project in open_projects(options.paths):
        found += project.shown()
        texts.update(project.build.sources.texts)
    print(renderer.render(found, Sources(texts), style()), end="")
    if options.format == "text" and not found:
        print("no findings")
    return int(any(finding.is_error or options.strict for finding in found))
