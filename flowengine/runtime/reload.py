"""Hot reload: a saved project is live for the next call; one with an error never takes its place.

Editors save in many ways: in place, half first, into a file beside that is then renamed. So a build counts only when
the files were the same before and after it, and a project that has lost a file is looked at twice.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, awatch

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import Build, build
from flowengine.compiler.collector import collector_paused
from flowengine.compiler.sources import CONFIG_FILE, read
from flowengine.runtime.projects import Projects

_DEBOUNCE = 60
_STEP = 10
_LOOK = 1000
"""Milliseconds: to gather changes that belong together, between two looks at them, and between two looks without any
news, for changes that the system does not report (a link that leads elsewhere)."""

_SECOND_LOOK = 0.15
"""Seconds before a lost file is believed."""

_SWITCH = 0.001
"""Seconds that a build has before a call gets its turn."""

Stamp = frozenset[tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What became of a save. `seconds` is the time from noticing it to the new version being live."""

    build: Build
    adopted: bool
    seconds: float


class Reloader:
    """Watches a project and keeps `projects` up to date. `report` is told every build."""

    def __init__(self, projects: Projects, report: Callable[[Reloaded], None]) -> None:
        self._projects = projects
        self._report = report
        self._seen: Stamp = frozenset()
        self._is_broken = False

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set."""
        self._seen = await asyncio.to_thread(stamp, self._projects.root)
        if not await asyncio.to_thread(self._is_as_read):
            self._seen = frozenset()
        async for _ in awatch(
            self._projects.root,
            watch_filter=_is_ours,
            debounce=_DEBOUNCE,
            step=_STEP,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,
        ):
            await self.look()

    def _is_as_read(self) -> bool:
        """Whether nothing was saved after the project was read, and before it was watched."""
        present = self._projects.build
        if present is None:
            return True
        table = present.config.project_table
        try:
            found = read(self._projects.root, table.flows, table.audio, table.locale)
        except OSError:
            return False
        return found.digest() == present.sources.digest()

    async def look(self) -> None:
        """Build the project if its files have changed, and adopt it if it is whole."""
        began = time.perf_counter()
        now = await asyncio.to_thread(stamp, self._projects.root)
        if now == self._seen:
            return
        while True:
            if {name for name, *_ in self._seen} - {name for name, *_ in now}:
                await asyncio.sleep(_SECOND_LOOK)
                now = await asyncio.to_thread(stamp, self._projects.root)
            try:
                built = await asyncio.to_thread(_build, self._projects.root)
            except OSError:
                built = None  # a file went while it was read: it is looked at again
            after = await asyncio.to_thread(stamp, self._projects.root)
            if built is not None and after == now:
                break
            now = after
            await asyncio.sleep(_STEP / 1000)
        self._seen = now
        present = self._projects.build
        is_present = present is not None and built.sources.digest() == present.sources.digest()
        if is_present and not self._is_broken:
            return
        adopted = not self._is_emptied(built) and self._projects.adopt(built)
        self._is_broken = not adopted
        self._report(Reloaded(built, adopted, time.perf_counter() - began))

    def _is_emptied(self, built: Build) -> bool:
        """Whether the project, or a flow of it, has nothing in it any more: a file written half, no version to run."""
        if built.program is not None and not all(flow.steps for flow in built.program.flows.values()):
            return True
        present = self._projects.build
        if present is None:
            return False
        lost_config = present.sources.config is not None and not (built.sources.config or "").strip()
        return lost_config or not built.sources.flows


def _build(root: Path) -> Build:
    """Build beside the calls. What was made is put out of the collector's way before that comes back: its first look
    would go through all of it, and hold up every call (half a second for forty thousand steps). Meanwhile threads take
    turns five times as often as else: a webhook changes threads several times.

    Raises:
        OSError: a file that is there cannot be read.
    """
    ordinary = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        with collector_paused():
            built = build(root, abilities())
            gc.freeze()
    finally:
        sys.setswitchinterval(ordinary)
    return built


def stamp(root: Path) -> Stamp:
    """What tells whether the files of a project are still the same: name, time, size and inode of each."""
    found: set[tuple[str, int, int, int]] = set()
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(folder.iterdir())
        except OSError:
            continue
        for path in entries:
            if path.name.startswith("."):
                continue
            try:
                if path.is_dir():
                    if not path.is_symlink():
                        folders.append(path)
                elif _is_ours(Change.modified, str(path)):
                    status = path.stat()
                    found.add((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
            except OSError:
                continue
    return frozenset(found)


def _is_ours(_change: Change, path: str) -> bool:
    """Whether a change may matter: flows, configuration, sound; not the backups and locks of editors."""
    name = Path(path).name
    if name.startswith((".", "#")) or name.endswith(("~", ".swp", ".swx", ".tmp", ".bak")):
        return False
    return name == CONFIG_FILE or name.endswith((".flow", ".po", ".wav", ".mp3", ".ogg")) or "." not in name
