"""The versions of the project that the console shows: their sources, and pictures of their flows."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import tzinfo
from pathlib import Path

from flowengine.compiler.build import Build, build_sources
from flowengine.compiler.drawing import Chart, chart_of
from flowengine.runtime.projects import Projects, UnknownVersionError
from flowengine.runtime.store import Store

_KEPT = 32


class Versions:
    """Builds of the project by the name of their version. One that was in use once is built again from the store."""

    def __init__(self, projects: Projects, store: Store) -> None:
        self._projects = projects
        self._store = store
        self._builds: OrderedDict[str, Build] = OrderedDict()

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self._projects.root

    @property
    def zone(self) -> tzinfo:
        """The project's time zone."""
        return self._projects.config.zone

    @property
    def present(self) -> Build | None:
        """What new calls run on; None as long as there was no version without an error."""
        return self._projects.build

    async def get(self, version: str) -> Build | None:
        """The build of a version; None when nobody has it any more.

        Raises:
            StoreError: the store cannot be asked.
        """
        present = self.present
        if present is not None and present.program is not None and present.program.version == version:
            return present
        build = self._builds.get(version)
        if build is None:
            try:
                sources = await self._projects.sources(version, self._store)
            except UnknownVersionError:
                return None
            build = await asyncio.to_thread(build_sources, sources)
            if build.program is None or build.program.version != version:
                return None
            self._builds[version] = build
            while len(self._builds) > _KEPT:
                self._builds.popitem(last=False)
        self._builds.move_to_end(version)
        return build


def chart(build: Build, flow: str) -> Chart | None:
    """The picture of a flow; None where the build has no such flow."""
    tree = build.flows.get(flow)
    if tree is None:
        return None
    file = tree.name.span.file
    return chart_of(tree, build.sources.flows[file], file)
