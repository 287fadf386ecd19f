"""`flowengine fmt [PATH…]`: the one layout for flows and call scripts."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from flowengine.cli.check import style
from flowengine.cli.main import UsageError
from flowengine.compiler.sources import SKIPPED
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.render import RENDERERS
from flowengine.diagnostics.sources import Sources
from flowengine.language.fmt import Formatted, format_calls, format_flow

_ENDINGS = {".flow": format_flow, ".call": format_calls}


def arguments(parser: argparse.ArgumentParser) -> None:
    """PATHs, and whether to write, to tell or to show."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="folders, .flow and .call files; here, if none is given"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is laid out otherwise")
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")


def run(options: argparse.Namespace) -> int:
    """Lay out the files; 1 when one cannot be read, or, with --check, is laid out otherwise."""
    found: list[Diagnostic] = []
    texts: dict[str, str] = {}
    changed: list[Path] = []
    files = list(_files(options.paths))
    for file in files:
        raw = _read(file)
        formatted = _ENDINGS[file.suffix](raw, file.as_posix())
        if formatted.diagnostics:
            found += formatted.diagnostics
            texts[file.as_posix()] = raw
        elif formatted.text != raw:
            changed.append(file)
            _handle(file, raw, formatted, options)
    if found:
        text_renderer = next(renderer for renderer in RENDERERS if renderer.name == "text")
        print(text_renderer.render(found, Sources(texts), style()), end="", file=sys.stderr)
    _tell(len(files), changed, options)
    return int(bool(found) or (options.check and bool(changed)))


def _files(paths: Sequence[str]) -> Iterator[Path]:
    """The flows and scripts that are named or lie in the folders that are; not those of hidden folders or packages."""
    seen: set[Path] = set()
    for text in paths or ["."]:
        path = Path(text)
        if not path.exists():
            raise UsageError(f"there is no file or folder {text}")
        if path.is_file() and path.suffix not in _ENDINGS:
            raise UsageError(f"{text} is no .flow or .call file")
        for file in [path] if path.is_file() else sorted(_below(path)):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _below(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if not entry.is_symlink() and not entry.name.startswith(".") and entry.name not in SKIPPED:
                yield from _below(entry)
        elif entry.suffix in _ENDINGS:
            yield entry


def _read(file: Path) -> str:
    """The text of a file as it is, its line ends too.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file.as_posix()} is not UTF-8: save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{file.as_posix()}: {error.strerror}") from error


def _handle(file: Path, raw: str, formatted: Formatted, options: argparse.Namespace) -> None:
    name = file.as_posix()
    if options.diff:
        before, after = raw.splitlines(keepends=True), formatted.text.splitlines(keepends=True)
        for line in difflib.unified_diff(before, after, name, name):
            print(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", end="")
    elif options.check:
        print(f"{name} is laid out otherwise")
    else:
        try:
            file.write_bytes(formatted.text.encode("utf-8"))
        except OSError as error:
            raise UsageError(f"{name}: {error.strerror}") from error
        print(f"{name} laid out")


def _tell(count: int, changed: Sequence[Path], options: argparse.Namespace) -> None:
    """One line that sums up, on the error stream: the other holds what a program may read."""
    if options.check or options.diff:
        summary = f"{len(changed)} of {count} files would change"
    else:
        summary = f"{len(changed)} of {count} files changed"
    print(summary, file=sys.stderr)
