"""The machine: the store, what could not be delivered, room on the disk, files that may be open, speech."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import resource
import shutil
import time
from pathlib import Path

from flowengine.cli.checkup.findings import Deployment, Finding, counted, fail, ok, warn
from flowengine.runtime.store import Store, StoreError, open_store
from flowengine.runtime.store.opening import MEMORY, is_elsewhere, seal_of
from flowengine.runtime.store.sealing import VARIABLE

_LEAST_DISK = 200 * 1024**2
_FEW_DISK = 2 * 1024**3
_FEW_FILES = 4096
_SLOW = 0.2


async def store(about: Deployment) -> list[Finding]:
    """Whether calls can be kept, and how quickly it answers."""
    where = about.store
    shown = where.rpartition("@")[2]
    if where == MEMORY:
        return [warn("store", "calls are kept in memory", "they are lost with the process: --store FILE or redis://")]
    if (told := _file(where)) is not None:
        return [told]
    if is_elsewhere(where) and about.build.program is not None and about.build.program.sensitive:
        try:
            seal = seal_of(where, about.environment)
        except StoreError as error:
            return [fail("store", str(error), f"set {VARIABLE} to what `openssl rand -base64 32` gives")]
        if seal is None:
            message = "what callers type in confidence would be kept openly"
            return [fail("store", message, f"set {VARIABLE}, the same on every machine")]
    try:
        async with asyncio.timeout(about.seconds):
            opened = await open_store(where, {})
    except (StoreError, TimeoutError) as error:
        return [_away(shown, error)]
    try:
        async with asyncio.timeout(about.seconds):
            began = time.perf_counter()
            calls = await opened.open_calls()
            seconds = time.perf_counter() - began
            _, dead = await opened.leaving()
            found = await _durable(opened)
    except (StoreError, TimeoutError) as error:
        return [_away(shown, error)]
    finally:
        await opened.close()
    message = f"{shown} has {counted(calls, 'call')} open, and answered in {seconds * 1000:.0f} ms"
    if seconds > _SLOW:
        found.insert(0, warn("store", message, "callers hear a pause: is its disk or the network slow?"))
    else:
        found.insert(0, ok("store", message))
    if dead:
        advice = "`flowengine outbox list` shows them, `retry` sends them again"
        found.append(warn("outbox", f"{counted(dead, 'item')} could not be delivered", advice))
    else:
        found.append(ok("outbox", "everything was delivered, or is still tried"))
    return found


async def _durable(opened: Store) -> list[Finding]:
    """Whether Redis keeps what it has answered."""
    settings = getattr(opened, "settings", None)
    if settings is None:
        return []
    on_disk, policy = await settings()
    found: list[Finding] = []
    if not on_disk:
        found.append(warn("redis", "calls are lost when it ends", "appendonly yes, and a replica on another machine"))
    if policy not in ("", "noeviction"):
        advice = "maxmemory-policy noeviction: else it drops calls under way when its memory is full"
        found.append(fail("redis", f"its maxmemory-policy is {policy}", advice))
    return found or [ok("redis", "it keeps what it has answered")]


def _away(where: str, error: Exception) -> Finding:
    message = str(error) or "no answer"
    if not message.startswith(where):
        message = f"{where}: {message}"
    return fail("store", message, "is it running, and may this machine reach it?")


def _file(where: str) -> Finding | None:
    """What is to be said of a store in a file without opening it: one that is not there would be made."""
    if "://" in where:
        return None
    path = Path(where.removeprefix("sqlite:"))
    if path.exists():
        advice = "give it to the user that `flowengine serve` runs as"
        return None if os.access(path, os.W_OK) else fail("store", f"{path} cannot be written", advice)
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        return fail("store", f"{path} cannot be made", f"{folder} has to be writable for `flowengine serve`")
    return ok("store", f"{path} will be made with the first start")


async def disk(about: Deployment) -> list[Finding]:
    """Room where calls are kept."""
    where = about.store
    path = about.root if "://" in where or where == MEMORY else Path(where.removeprefix("sqlite:"))
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free
    message = f"{free / 1024**3:.1f} GiB free at {path}"
    if free < _LEAST_DISK:
        return [fail("disk", message, "calls cannot be saved on a full disk: make room")]
    if free < _FEW_DISK:
        return [warn("disk", message, "make room, or keep records for a shorter time: [records] keep")]
    return [ok("disk", message)]


async def files(_about: Deployment) -> list[Finding]:
    """How many connections may be open at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    message = f"{soft} may be open at once"
    if 0 <= soft < _FEW_FILES:
        return [warn("open files", message, "each connection is one: `ulimit -n 65536`, or LimitNOFILE of the service")]
    return [ok("open files", message)]


async def speech(_about: Deployment) -> list[Finding]:
    """The engine that speaks for the embedded carrier; real carriers speak by themselves."""
    if importlib.util.find_spec("pyttsx3") is None:
        advice = "pip install 'flowengine[speech]' to hear prompts in `flowengine dev`; carriers speak by themselves"
        return [warn("speech", "no engine is installed", advice)]
    if importlib.util.find_spec("espeakng_loader") is None and shutil.which("espeak-ng") is None:
        return [warn("speech", "espeak-ng is not there", "pip install 'flowengine[speech]', or install espeak-ng")]
    return [ok("speech", "prompts can be spoken in `flowengine dev`")]
