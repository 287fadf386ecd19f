"""`flowengine outbox list|retry|drop`: texts and events that could not be delivered, and are not tried again."""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from flowengine.cli.main import UsageError
from flowengine.cli.running import project
from flowengine.cli.serve import store_name
from flowengine.runtime.store import Outgoing, Store, StoreError, open_store


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which of them, and where calls are kept."""
    parser.add_argument("what", choices=["list", "retry", "drop"], help="show them, send them again, or forget them")
    parser.add_argument("keys", metavar="KEY", nargs="*", help="which; `all` for all")
    parser.add_argument("--project", metavar="DIR", default=".", help="the project's folder (default: the present one)")
    parser.add_argument("--store", metavar="WHERE", help="where calls are kept, as `serve` was told")
    parser.add_argument("--json", action="store_true", help="a list of objects, for programs")


def run(options: argparse.Namespace) -> int:
    """Do it; 1 when a key names nothing."""
    where = store_name(project(options.project), options.store)
    if "://" not in where and not Path(where.removeprefix("sqlite:")).is_file():
        raise UsageError(f"no calls are kept in {where}")
    if options.what != "list" and not options.keys:
        raise UsageError(f"name the keys to {options.what}, or `all`")
    try:
        return asyncio.run(_run(options, where))
    except StoreError as error:
        raise UsageError(str(error)) from None


async def _run(options: argparse.Namespace, where: str) -> int:
    store = await open_store(where, {})
    try:
        dead = await store.dead_outgoing()
        if options.keys and "all" not in options.keys:
            unknown = sorted(set(options.keys) - {item.key for item in dead})
            if unknown:
                print(f"there is nothing of this key: {', '.join(unknown)}")
                return 1
            dead = [item for item in dead if item.key in options.keys]
        if options.what == "list":
            print(msgspec.json.format(msgspec.json.encode(dead)).decode() if options.json else _table(dead))
            return 0
        for item in dead:
            await _settle(store, item, options.what == "retry")
        print(f"{len(dead)} {'will be sent again' if options.what == 'retry' else 'dropped'}")
        return 0
    finally:
        await store.close()


async def _settle(store: Store, item: Outgoing, again: bool) -> None:
    fresh = replace(item, dead=False, attempts=0, due=time.time(), reason="")
    await store.settle_outgoing(item, fresh if again else None)


def _table(items: list[Outgoing]) -> str:
    lines = []
    for item in items:
        at = datetime.fromtimestamp(item.due, UTC).isoformat(timespec="seconds")
        what = item.body.get("to") or item.body.get("name") or ""
        lines.append(f"{item.key}  {item.kind} {what}  after {item.attempts} attempts, {at}: {item.reason}")
    return "\n".join(lines) or "Everything was delivered, or is still being tried."
