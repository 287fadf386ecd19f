"""`flowengine carriers`: what each carrier can do."""

from __future__ import annotations

import argparse
import json

from flowengine.carriers.client import TASKS
from flowengine.carriers.contract import Level
from flowengine.carriers.directory import Entry, entries
from flowengine.cli.carrier_api import table
from flowengine.cli.main import UsageError

_WORDS = {Level.FULL: "yes", Level.PARTLY: "partly", Level.NO: "no"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """One carrier in detail, or all in a table."""
    parser.add_argument("carrier", metavar="NAME", nargs="?", help="tell of this one, with requests and evidence")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Show the declarations."""
    chosen = [entry for entry in entries().values() if options.carrier in (None, entry.name)]
    if not chosen:
        raise UsageError(
            f"there is no carrier `{options.carrier}`: there are {', '.join(e.name for e in entries().values())}"
        )
    if options.json:
        print(json.dumps({entry.name: _as_json(entry) for entry in chosen}, indent=2))
    elif options.carrier:
        print(_detail(chosen[0]))
    else:
        print(_overview())
    return 0


def _overview() -> str:
    heads = ["can", *(entry.name for entry in entries().values())]
    flows = ["run flows", *("yes" if entry.capabilities.runs_flows else "no" for entry in entries().values())]
    verbs = [
        [f"  {verb}", *(_verb(entry, verb) for entry in entries().values())]
        for verb in sorted({verb for entry in entries().values() for verb in _verbs(entry)})
    ]
    tasks = [[task, *("yes" if task in entry.client.means else "no" for entry in entries().values())] for task in TASKS]
    return table(heads, [flows, *verbs, *tasks])


def _detail(entry: Entry) -> str:
    lines = [f"{entry.title}: {'runs flows' if entry.capabilities.runs_flows else 'runs no flows'}", ""]
    rows = []
    for task in TASKS:
        means = entry.client.means.get(task)
        if means is None:
            rows.append([task, "no", "", entry.client.hints.get(task, "")])
        else:
            rows.append([task, "yes", means.evidence.name.lower(), means.request])
    lines.append(table(["task", "can", "evidence", "request"], rows))
    notes = [[name, _WORDS[can.level], can.note] for name, can in entry.capabilities.of.items() if can.note]
    if notes:
        lines += ["", table(["in a call", "can", "note"], notes)]
    return "\n".join(lines)


def _verbs(entry: Entry) -> list[str]:
    return [name for name in entry.capabilities.of if name.isidentifier()] if entry.capabilities.runs_flows else []


def _verb(entry: Entry, verb: str) -> str:
    return _WORDS[entry.capabilities.verb(verb).level] if entry.capabilities.runs_flows else "no"


def _as_json(entry: Entry) -> dict[str, object]:
    means = entry.client.means
    return {
        "title": entry.title,
        "runs_flows": entry.capabilities.runs_flows,
        "tasks": {
            task: {"request": means[task].request, "evidence": means[task].evidence.name.lower()}
            if task in means
            else None
            for task in TASKS
        },
        "in_a_call": {name: {"level": str(can.level), "note": can.note} for name, can in entry.capabilities.of.items()},
    }
