"""`flowengine records list|show|export|delete`: calls that are over, with their path through the flow."""

from __future__ import annotations

import argparse
import asyncio
import csv
import re
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from flowengine.cli.dates import beginning, end
from flowengine.cli.main import UsageError
from flowengine.cli.running import project
from flowengine.cli.serve import store_name
from flowengine.compiler.build import build
from flowengine.core.journal import Entry
from flowengine.runtime.ending import WORDS
from flowengine.runtime.observing.ids import shown_trace
from flowengine.runtime.records import Page, PastCall, Records, as_row
from flowengine.runtime.store import Detail, Query, StoreError, open_store

_NUMBER = re.compile(r"\+\d+", re.ASCII)
_SHOWN = frozenset({"step", "said", "played", "input", "verb", "outcome", "log", "emit", "error", "limit", "hangup"})
"""The kinds of a journal's entries that `show` shows; --json has all."""
_TWICE = frozenset({"say", "play", "log", "emit"})
"""Verbs whose effect is an entry of its own, which is shown instead: `said`, `played`, `log`, `emit`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which calls, and where calls are kept."""
    parser.add_argument(
        "what",
        choices=["list", "show", "export", "delete"],
        help="a table; one call, turn by turn; all as CSV or JSON Lines; delete all that is kept of them",
    )
    parser.add_argument("calls", metavar="CALL", nargs="*", help="the ids of calls, for `show` and `delete`")
    parser.add_argument("--since", metavar="DATE", help="begun at or after: 2026-11-21, or 2026-11-21T09:00")
    parser.add_argument("--until", metavar="DATE", help="begun before; a date alone is taken with its whole day")
    parser.add_argument("--flow", metavar="NAME", help="the flow that the call began with")
    parser.add_argument("--number", metavar="NUMBER", help="the number of either side; +49* is all that begin with +49")
    parser.add_argument("--ending", metavar="WORD", help=f"what ended it: {', '.join(WORDS)} (any limit)")
    parser.add_argument("--direction", choices=["inbound", "outbound"], help="who called whom")
    parser.add_argument(
        "--limit", metavar="N", type=int, default=50, help="how many to list, the latest first (default: 50)"
    )
    parser.add_argument("--format", choices=["csv", "jsonl"], default="csv", help="of `export` (default: csv)")
    parser.add_argument("--yes", action="store_true", help="delete without being asked")
    parser.add_argument("--project", metavar="DIR", default=".", help="the project's folder (default: the present one)")
    parser.add_argument("--store", metavar="WHERE", help="where calls are kept, as `serve` was told")
    parser.add_argument("--json", action="store_true", help="JSON, for programs")


def run(options: argparse.Namespace) -> int:
    """Do it; 1 when a call that was named is not there."""
    root = project(options.project)
    where = store_name(root, options.store)
    if "://" not in where and not Path(where.removeprefix("sqlite:")).is_file():
        raise UsageError(f"no calls are kept in {where}")
    if options.what == "show" and not options.calls:
        raise UsageError("name the call to show: `flowengine records list` has their ids")
    zone = build(root).config.zone
    query = _query(options, zone)
    if options.what == "delete" and not options.calls and options.number is None:
        raise UsageError("name the calls to delete, or --number NUMBER for all of a caller")
    try:
        return asyncio.run(_run(options, where, query, zone))
    except StoreError as error:
        raise UsageError(str(error)) from None


async def _run(options: argparse.Namespace, where: str, query: Query, zone: Any) -> int:
    store = await open_store(where, {})
    try:
        records = Records(store)
        match options.what:
            case "list":
                _list(await records.list(query), options.json, zone)
            case "show":
                return await _show(records, options.calls, options.json, zone)
            case "export":
                await _export(records, records.all(query), options.format)
            case _:
                return await _delete(records, options, query)
        return 0
    finally:
        await store.close()


# ------------------------------------------------------------------------------------------------------------ which


def _query(options: argparse.Namespace, zone: Any) -> Query:
    if options.limit < 1:
        raise UsageError("--limit is 1 or more")
    ending = options.ending
    if ending is not None and not any(
        ending == word or (word.endswith("-") and ending.startswith(word)) for word in WORDS
    ):
        raise UsageError(f"no call ends by `{ending}`: there are {', '.join(WORDS)}")
    return Query(
        since=None if options.since is None else beginning(options.since, zone),
        until=None if options.until is None else end(options.until, zone),
        flow=options.flow,
        number=options.number,
        ending=ending,
        direction=options.direction,
        limit=options.limit,
    )


# ------------------------------------------------------------------------------------------------------------ shown


def _list(page: Page, as_json: bool, zone: Any) -> None:
    if as_json:
        _print_json([as_row(detail) for detail in page.calls])
        return
    for detail in page.calls:
        facts = detail.facts
        print(
            f"{_when(detail.begun, zone)}  {detail.ended - detail.begun:5.0f} s  {facts.direction:<8}  "
            f"{facts.caller} -> {facts.called}  {detail.flow}  {detail.ending}  {detail.id}"
        )
    if not page.calls:
        print("No call that is over fits.")
    elif page.after is not None:
        print(f"These are the latest {len(page.calls)}; --limit shows more.")


async def _show(records: Records, calls: Iterable[str], as_json: bool, zone: Any) -> int:
    found = [(call, await records.get(call)) for call in calls]
    missing = [call for call, past in found if past is None]
    shown = [past for _, past in found if past is not None]
    if as_json:
        _print_json([msgspec.to_builtins(past) for past in shown])
    elif shown:
        print("\n\n".join(_told(past, zone) for past in shown))
    for call in missing:
        print(f"nothing is kept of a call {call} that is over", file=sys.stderr)
    return 1 if missing else 0


def _told(past: PastCall, zone: Any) -> str:
    detail = past.detail
    facts = detail.facts
    seconds = f"{detail.ended - detail.begun:.1f} s"
    lines = [
        f"{detail.id}  {facts.direction}, {facts.caller} -> {facts.called}, over {facts.carrier}",
        f"{_when(detail.begun, zone)}, {seconds}, {detail.turns} turns, ended by: {detail.ending}",
        f"flow {detail.flow}, project {detail.program}, trace {shown_trace(detail.id)}",
        "",
        "path",
    ]
    for passed in past.path:
        outcomes = f"  {', '.join(passed.outcomes)}" if passed.outcomes else ""
        lines.append(f"  {passed.seconds:7.1f} s  {passed.flow}.{passed.step}:{passed.line}{outcomes}")
    lines += ["", "what happened"]
    for turn in past.journal:
        for entry in turn.entries:
            if entry.kind in _SHOWN and not (entry.kind == "verb" and entry.name in _TWICE):
                lines.append(f"  {entry.at - detail.begun:7.1f} s  {entry.kind:<8}{_entry(entry)}")
    if past.recordings:
        lines += ["", "recordings, at the carrier", *(f"  {url}" for url in past.recordings)]
    return "\n".join(lines)


def _entry(entry: Entry) -> str:
    words = [entry.name, entry.text if entry.kind != "step" else ""]
    return " ".join(word for word in dict.fromkeys(words) if word)


def _when(at: float, zone: Any) -> str:
    return datetime.fromtimestamp(at, zone).isoformat(sep=" ", timespec="seconds")


def _print_json(value: Any) -> None:
    print(msgspec.json.format(msgspec.json.encode(value)).decode())


# --------------------------------------------------------------------------------------------------- export, delete


async def _export(records: Records, details: AsyncIterator[Detail], form: str) -> None:
    writer: csv.DictWriter[str] | None = None
    async for detail in details:
        past = await records.get(detail.id)
        if past is None:
            continue  # deleted meanwhile
        row = _row(past)
        if form == "jsonl":
            print(msgspec.json.encode(row).decode())
            continue
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _row(past: PastCall) -> dict[str, Any]:
    row = as_row(past.detail)
    for name in ("begun", "ended"):
        row[name] = datetime.fromtimestamp(row[name], UTC).isoformat(timespec="milliseconds")
    return {
        **row,
        "path": [f"{passed.flow}.{passed.step}" for passed in past.path],
        "outcomes": [outcome for passed in past.path for outcome in passed.outcomes],
        "recordings": past.recordings,
    }


def _cell(value: Any) -> Any:
    """A value for a table. What a spreadsheet would take for a formula is written as text: numbers of callers begin
    with `+`, and who calls can choose his own."""
    if isinstance(value, list):
        value = " > ".join(value)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return "" if value is None else value


async def _delete(records: Records, options: argparse.Namespace, query: Query) -> int:
    found = [await records.get(call) for call in options.calls]
    missing = [call for call, past in zip(options.calls, found, strict=True) if past is None]
    past_calls = [past for past in found if past is not None]
    if not options.calls:
        past_calls = [past async for detail in records.all(query) if (past := await records.get(detail.id)) is not None]
    if not options.yes and past_calls and not _agreed(len(past_calls)):
        print("Nothing was deleted.")
        return 1
    gone = await records.delete([past.detail.id for past in past_calls])
    urls = [url for past in past_calls for url in past.recordings]
    if options.json:
        _print_json({"deleted": gone, "missing": missing, "recordings": urls})
    else:
        print(f"{gone} deleted")
        if urls:
            print("Their recordings lie at the carrier, and have to be deleted there:", *urls, sep="\n  ")
    for call in missing:
        print(f"nothing is kept of a call {call} that is over", file=sys.stderr)
    return 1 if missing else 0


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"--yes deletes {_calls(count)} without being asked")
    return input(f"Delete all that is kept of {_calls(count)}? [y/N] ").strip().lower() in ("y", "yes")


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
