"""`flowengine replay [CALL…]`: calls that are over, in the flows as they are now; which would end differently."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from flowengine.cli.dates import beginning, end
from flowengine.cli.main import UsageError
from flowengine.cli.running import project, show_findings
from flowengine.cli.serve import store_name
from flowengine.core.ending import Ending
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import Query, StoreError, open_store
from flowengine.web.console.archive import Archive
from flowengine.web.console.calls import Calls, NoCallError
from flowengine.web.console.exchanges import Exchanges
from flowengine.web.console.hidden import Hidden
from flowengine.web.console.saving import BadNameError
from flowengine.web.console.versions import Versions
from flowengine.web.console.views import Compared, ComparedDay


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which calls, and where they are kept."""
    parser.add_argument("calls", metavar="CALL", nargs="*", help="the ids of calls (default: all that are asked for)")
    parser.add_argument("--since", metavar="DATE", help="begun at or after: 2026-11-21, or 2026-11-21T09:00")
    parser.add_argument("--until", metavar="DATE", help="begun before; a date alone is taken with its whole day")
    parser.add_argument("--flow", help="the flow that the call began with")
    parser.add_argument("--number", help="the number of either side; +49* is all that begin with +49")
    parser.add_argument("--save", metavar="NAME", help="keep the one CALL as calls/NAME.call")
    parser.add_argument("--project", metavar="DIR", default=".", help="the project's folder (default: the present one)")
    parser.add_argument("--store", metavar="WHERE", help="where calls are kept, as `serve` was told")
    parser.add_argument("--json", action="store_true", help="JSON, for programs")


def run(options: argparse.Namespace) -> int:
    """Live them again; 1 when a call would end differently, or cannot be lived again."""
    root = project(options.project)
    where = store_name(root, options.store)
    if "://" not in where and not Path(where.removeprefix("sqlite:")).is_file():
        raise UsageError(f"no calls are kept in {where}")
    if options.save and len(options.calls) != 1:
        raise UsageError("--save takes one CALL")
    try:
        return asyncio.run(_run(options, root, where))
    except (StoreError, NoCallError, BadNameError) as error:
        raise UsageError(str(error)) from None


async def _run(options: argparse.Namespace, root: Path, where: str) -> int:
    projects = Projects(root)
    built = await projects.load()
    if built.program is None:
        show_findings(built)
        return 1
    zone = built.config.zone
    query = Query(
        since=None if options.since is None else beginning(options.since, zone),
        until=None if options.until is None else end(options.until, zone),
        flow=options.flow,
        number=options.number,
    )
    store = await open_store(where, {})
    try:
        calls = Calls(Archive(store), Versions(projects, store), Exchanges(Hidden()))
        if options.save:
            saved = await calls.save(options.calls[0], options.save)
            print(f"saved as {saved.file}" + (f"; it does not pass yet: {saved.problem}" if saved.problem else ""))
            return 1 if saved.problem else 0
        found = await _named(calls, options.calls) if options.calls else await calls.compare_all(query)
    finally:
        await store.close()
    if options.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        _show(found, zone)
    return 1 if found.different else 0


async def _named(calls: Calls, names: Sequence[str]) -> ComparedDay:
    found = [await calls.compare(name) for name in names]
    different = [one for one in found if one.rerun is None or one.rerun.differs]
    return ComparedDay(len(found), len(found) - len(different), different, sum(one.rerun is None for one in different))


def _show(day: ComparedDay, zone: tzinfo) -> None:
    for compared in day.different:
        _show_one(compared, zone)
    differing = len(day.different) - day.impossible
    parts = ["1 call" if day.looked_at == 1 else f"{day.looked_at} calls", f"{differing} would end differently"]
    if day.impossible:
        parts.append(f"{day.impossible} cannot be lived again")
    print(", ".join(parts) + ("; there are more" if day.truncated else ""))


def _show_one(compared: Compared, zone: tzinfo) -> None:
    row = compared.row
    began = datetime.fromtimestamp(row.started, zone).isoformat(" ", "seconds")
    print(f"{began}  {row.caller} -> {row.called}  {row.flow}  {row.id}")
    if compared.rerun is None:
        print(f"    {compared.problem}")
        return
    rerun = compared.rerun
    print(f"    it ended: {_words(rerun.before)}")
    print(f"    now:      {_words(rerun.now)}")


def _words(ending: Ending) -> str:
    place = f", in {ending.step} of {ending.flow}" if ending.step else f", in {ending.flow}" if ending.flow else ""
    return ending.how + place
