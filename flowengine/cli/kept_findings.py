"""Findings of large projects, kept by all that they depend on: who changes nothing need not check again.

They lie in the user's own cache folder as JSON, one file a content, named by a hash of the project's files, of
Flowengine's own, and of what else is installed. The oldest go when there are many.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import msgspec

import flowengine
from flowengine.compiler.sources import SKIPPED, Sources
from flowengine.diagnostics import Diagnostic

LARGE = 60_000
"""Characters of flows and scripts: they take a third of a second to check, and to check less is no wait."""
MOST_KEPT = 50

_PLUGINS = ("flowengine.verbs", "flowengine.carriers")


def folder() -> Path:
    """Where they are kept."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "flowengine" / "findings"


def is_large(sources: Sources) -> bool:
    """Whether findings of the project are kept at all."""
    return sum(len(text) for files in (sources.flows, sources.calls) for text in files.values()) >= LARGE


def recall(sources: Sources) -> list[Diagnostic] | None:
    """What was found in exactly these files by exactly this program; None where it was never kept."""
    try:
        return msgspec.json.decode(_place(sources).read_bytes(), type=list[Diagnostic])
    except (OSError, msgspec.MsgspecError):
        return None


def keep(sources: Sources, found: Sequence[Diagnostic]) -> None:
    """Keep what was found; does nothing where the folder cannot be written."""
    if sources.unreadable or any(entry_points(group=group) for group in _PLUGINS):
        return  # verbs and carriers of other packages may change without anything telling so
    place = _place(sources)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix="new-") as aside:
            # Written aside and put in place at once: another process finds all of it, or nothing.
            written = Path(aside) / place.name
            written.write_bytes(msgspec.json.encode(found))
            written.replace(place)
        kept = sorted(place.parent.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[MOST_KEPT:]:
            old.unlink()


def _place(sources: Sources) -> Path:
    digest = hashlib.sha256()
    for part in (sys.version, flowengine.__version__, *_program(), *_texts(sources)):
        digest.update(f"{len(part)} {part}".encode("utf-8", "surrogatepass"))
    return folder() / f"{digest.hexdigest()[:32]}.json"


def _texts(sources: Sources) -> Iterator[str]:
    """All that a check looks at."""
    yield sources.config or ""
    for files in (sources.flows, sources.calls, sources.catalogues):
        for name, text in sorted(files.items()):
            yield name
            yield text
    yield from sorted(sources.audio)


def _program() -> Iterator[str]:
    """What tells one program from another: its own files, and the folders into which others are installed."""
    package = Path(flowengine.__file__).parent
    for root in (package, package.parent / "grammar"):
        for where, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            for path in sorted(Path(where) / name for name in names if name.endswith((".py", ".lark"))):
                status = path.stat()
                yield f"{path} {status.st_mtime_ns} {status.st_size}"
    for name in sys.path:
        with contextlib.suppress(OSError):
            yield f"{name} {Path(name).stat().st_mtime_ns}"
