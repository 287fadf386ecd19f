"""A script that did not pass, for people: the line, what it wanted, what was heard instead, the whole conversation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from flowengine.diagnostics.sources import Sources
from flowengine.simulator.runner import Failure, Result
from flowengine.simulator.transcript import QUIET, Did, Item, Request, Said, Transcript

_INDENT = "  "


def describe(result: Result, sources: Sources, zone: tzinfo) -> str:
    """The report of one result that failed; it ends in a line end. Empty for one that passed."""
    failure = result.failure
    if failure is None:
        return ""
    rows = [f'FAILED {failure.span.file}:{failure.span.line} "{result.case.name}"']
    rows += _source(failure, sources)
    rows += ["", *_pair("expected", [failure.expected]), *_pair("instead", failure.instead)]
    if failure.note:
        rows += _pair("note", [failure.note])
    rows += ["", f"{_INDENT}The conversation so far:", ""]
    rows += [f"{_INDENT}{_INDENT}{row}" for row in conversation(result.conversation, zone)]
    return "".join(f"{row.rstrip()}\n" for row in rows)


def conversation(transcript: Transcript, zone: tzinfo) -> list[str]:
    """The conversation, a line a thing that was said, asked or done, with its time."""
    rows = []
    for item in transcript.items:
        text = line_of(item)
        if text is not None:
            time = datetime.fromtimestamp(item.at, zone).strftime("%H:%M:%S")
            rows += _hanging(f"{time}  {item.who:<6}  ", text)
    return rows or ["nothing was said"]


def line_of(item: Item) -> str | None:
    """The item as a line of the conversation; None where its prompts speak for it."""
    match item:
        case Said(shown=shown) | Did(shown=shown):
            return shown
        case Request(asked=asked, shown=shown):
            return None if asked.verb in QUIET else f"[{asked.verb} {shown}".rstrip() + "]"


def _source(failure: Failure, sources: Sources) -> Iterable[str]:
    line = sources.line(failure.span.file, failure.span.line)
    if line is None:
        return
    number = str(failure.span.line)
    yield ""
    yield f"{_INDENT}{number} | {line}"
    width = failure.span.end_column - failure.span.column if failure.span.end_line == failure.span.line else 1
    yield f"{_INDENT}{' ' * len(number)} | {' ' * (failure.span.column - 1)}{'^' * max(1, width)}"


def _pair(label: str, texts: Iterable[str]) -> list[str]:
    rows: list[str] = []
    for text in texts:
        rows += _hanging(f"{_INDENT}{label + ':':<10}" if not rows else f"{_INDENT}{'':<10}", text)
    return rows


def _hanging(head: str, text: str) -> list[str]:
    first, *more = text.splitlines() or [""]
    return [head + first, *(" " * len(head) + line for line in more)]
