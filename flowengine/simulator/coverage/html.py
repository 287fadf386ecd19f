"""Coverage as one page of HTML, with the source of every flow and what was taken of each line."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import BaseLoader, Environment
from markupsafe import Markup

from flowengine.simulator.coverage.coverage import Coverage, Tally
from flowengine.simulator.coverage.points import Kind, Point

_FOLDER = files("flowengine.simulator.coverage")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a source. `state` is `taken`, `partly`, `missed`, or empty where there is nothing to take."""

    number: int
    text: str
    state: str
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    flow: str
    file: str
    tallies: tuple[tuple[str, Tally], ...]
    lines: tuple[_Line, ...]


def page(coverage: Coverage, texts: Mapping[str, str]) -> str:
    """The page. `texts` are the sources by file name.

    It needs nothing but itself: no script, no other file, and a content security policy that allows none.
    """
    style = _FOLDER.joinpath("page.css").read_text("utf-8")
    environment = Environment(loader=BaseLoader(), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_FOLDER.joinpath("page.html.j2").read_text("utf-8"))
    shown = f"\n{style}"
    digest = base64.b64encode(hashlib.sha256(shown.encode()).digest()).decode()
    return template.render(
        # Both are the project's own text, not that of a flow.
        style=Markup(shown),  # noqa: S704
        digest=digest,
        total=[(kind.value, coverage.tally(kind)) for kind in Kind],
        files=[_file(coverage, flow, texts) for flow in coverage.flows],
    )


def _file(coverage: Coverage, flow: str, texts: Mapping[str, str]) -> _File:
    name = coverage.program.flows[flow].file
    points: dict[int, list[Point]] = {}
    for point in coverage.points:
        if point.key[0] == flow:
            points.setdefault(point.span.line, []).append(point)
    source = texts.get(name, "").removeprefix("\ufeff").split("\n")
    if source and not source[-1]:
        source.pop()
    lines = tuple(_line(coverage, number, text, points.get(number, [])) for number, text in enumerate(source, 1))
    return _File(flow, name, tuple((kind.value, coverage.tally(kind, flow)) for kind in Kind), lines)


def _line(coverage: Coverage, number: int, text: str, points: list[Point]) -> _Line:
    missed = [point for point in points if point.key not in coverage.taken]
    if not points:
        state = ""
    elif not missed:
        state = "taken"
    else:
        state = "missed" if len(missed) == len(points) else "partly"
    return _Line(number, text, state, tuple(point.never for point in missed if point.kind is not Kind.LINE))
