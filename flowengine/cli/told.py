"""What the webhooks of a carrier have told, out of the store of a server: for calls and messages that no flow runs."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from flowengine.carriers.models import Model
from flowengine.cli.carrier_api import choose, show
from flowengine.cli.main import UsageError
from flowengine.cli.running import project
from flowengine.cli.serve import store_name
from flowengine.runtime.store import StoreError, Told, open_store

M = TypeVar("M", bound=Model)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of commands that can show what was told."""
    parser.add_argument(
        "--told", action="store_true", help="what the carrier's webhooks have told our server, without asking it"
    )
    parser.add_argument("--store", metavar="WHERE", help="with --told: where calls are kept, as `serve` was told")


def show_told(
    options: argparse.Namespace, columns: Sequence[str], read: Callable[[list[Told]], Sequence[M]], *, about: str = ""
) -> int:
    """Show what was told, of the call or message `about` where it is given; 1 when nothing was told of that one."""
    name = choose(options).name
    where = store_name(project(options.project), options.store)
    if "://" not in where and not Path(where.removeprefix("sqlite:")).is_file():
        raise UsageError(f"no calls are kept in {where}")
    try:
        told = asyncio.run(_told(where, name))
    except StoreError as error:
        raise UsageError(str(error)) from None
    found = read([each for each in told if about in ("", each.about)])
    if about and not found:
        print(f"{name} has told nothing of {about}")
        return 1
    show(found[0] if about else found[: options.limit], columns, as_text=not options.json)
    return 0


async def _told(where: str, carrier: str) -> list[Told]:
    store = await open_store(where, {})
    try:
        return await store.noted(carrier)
    finally:
        await store.close()
