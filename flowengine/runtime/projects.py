"""The project as it is now, and every version of it that a call still uses."""

from __future__ import annotations

import asyncio
import gc
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import Build, build, build_sources
from flowengine.compiler.config import Config
from flowengine.compiler.sources import Sources
from flowengine.core.graph import DEFAULTS, Program
from flowengine.runtime.store import Store

_KEPT_IN_MEMORY = 16
_KEEP_AGAIN = 600.0
"""Seconds; less than any time after which calls are forgotten."""


class UnknownVersionError(LookupError):
    """A call began with a version of the project that nobody has any more."""


class _Kept(msgspec.Struct):
    """The sources of a version, as they are kept in a store."""

    config: str | None
    flows: dict[str, str]
    audio: list[str]
    catalogues: dict[str, str] = {}


class Projects:
    """Holds the present version; a new one takes its place in one assignment, when it is whole."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.build: Build | None = None
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._sources: dict[str, Sources] = {}
        self._kept: dict[str, float] = {}

    @property
    def program(self) -> Program | None:
        """What new calls run on; None as long as there was no version without an error."""
        return self.build.program if self.build is not None else None

    @property
    def config(self) -> Config:
        """The configuration of the present version."""
        return self.build.config if self.build is not None else Config()

    @property
    def settings(self) -> Mapping[str, Any]:
        """The project's settings, with the defaults of the language."""
        return {**DEFAULTS, **self.config.settings}

    def flow_of(self, number: str) -> str | None:
        """The flow that answers a number."""
        target = self.config.numbers.get(number)
        return None if target is None else target.flow

    def adopt(self, built: Build) -> bool:
        """Take a build as the present version; False, and no change, when it has errors."""
        if built.program is None:
            return False
        self.build = built
        self._remember(built.program, built.sources)
        # From here on the garbage collector leaves alone what is there: looking through a project of two hundred flows
        # kept a call waiting for 130 ms. What becomes unused goes all the same, since nothing of it is a circle. Before
        # that, what is of no use already is collected; but for the first time there is little to look through.
        gc.collect()
        gc.freeze()
        return True

    async def load(self) -> Build:
        """Build what is on the disk, beside the event loop, and adopt it if it is whole.

        Raises:
            OSError: a file that is there cannot be read.
        """
        built = await asyncio.to_thread(build, self.root, abilities())
        self.adopt(built)
        return built

    async def version(self, version: str, store: Store) -> Program:
        """The version that a call began with.

        Raises:
            UnknownVersionError: it is gone, or this release cannot build it.
            StoreError: the store cannot be asked.
        """
        program = self._programs.get(version)
        if program is not None:
            return program
        sources = await self.sources(version, store)
        program = (await asyncio.to_thread(build_sources, sources)).program
        if program is None or program.version != version:
            raise UnknownVersionError(version)
        self._remember(program, sources)
        return program

    async def sources(self, version: str, store: Store) -> Sources:
        """The texts of a version that a call began with.

        Raises:
            UnknownVersionError: it is gone.
            StoreError: the store cannot be asked.
        """
        known = self._sources.get(version)
        if known is not None:
            return known
        data = await store.program(version)
        if data is None:
            raise UnknownVersionError(version)
        kept = msgspec.json.decode(data, type=_Kept)
        return Sources(self.root, kept.config, kept.flows, {}, frozenset(kept.audio), catalogues=kept.catalogues)

    def is_kept(self, program: Program, at: float) -> bool:
        """Whether a version was kept in the store here, and not long ago."""
        return at - self._kept.get(program.version, -_KEEP_AGAIN) < _KEEP_AGAIN

    async def keep(self, program: Program, store: Store, at: float) -> None:
        """Keep the present version's sources in the store, before a call begins with it; `at` is the time now.

        It is kept again once in a while, so that no other worker takes it for one that nobody uses.
        """
        if self.is_kept(program, at):
            return
        sources = self._sources[program.version]
        kept = _Kept(sources.config, dict(sources.flows), sorted(sources.audio), dict(sources.catalogues))
        await store.keep_program(program.version, msgspec.json.encode(kept), at)
        self._kept[program.version] = at

    def _remember(self, program: Program, sources: Sources) -> None:
        self._sources[program.version] = sources
        self._programs[program.version] = program
        self._programs.move_to_end(program.version)
        while len(self._programs) > _KEPT_IN_MEMORY:
            oldest = next(iter(self._programs))
            del self._programs[oldest], self._sources[oldest]
            self._kept.pop(oldest, None)
