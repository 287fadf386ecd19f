"""An old version of a project goes as soon as nobody holds it: servers keep the garbage collector off what is there."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import build_sources
from flowengine.compiler.reading import read_project
from flowengine.compiler.sources import Sources

ROOT = Path(__file__).parents[2]
PROJECTS = [*sorted(path.parent for path in (ROOT / "examples").glob("*/flowengine.toml")), ROOT / "flows"]


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """What only the garbage collector would find, once it is asked."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.garbage.clear()
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def edited(sources: Sources, number: int) -> Sources:
    """The project with a comment more in each of its flows."""
    return replace(sources, flows={file: f"{text}\n# {number}\n" for file, text in sources.flows.items()})


@pytest.mark.parametrize("root", PROJECTS, ids=lambda root: root.name)
def test_a_version_that_nobody_holds_is_gone(root: Path, garbage: list[object]) -> None:
    sources = read_project(root)
    for number in range(3):
        built = build_sources(edited(sources, number), abilities())
        assert built.program is not None
    gc.collect()
    ours = {type(thing).__qualname__ for thing in garbage if type(thing).__module__.startswith("flowengine")}
    assert ours == set()
