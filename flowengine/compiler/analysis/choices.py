"""The menus of a flow and the choices they offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowengine.compiler.binding import Bound
from flowengine.compiler.model import Checked
from flowengine.language import tree


def menus(checked: Checked, flow: tree.Flow) -> Iterator[Bound]:
    """Every use of a verb with choices."""
    for statement in checked.statements(flow):
        bound = checked.bound.get(id(statement))
        if bound is not None and bound.verb.choices:
            yield bound


@dataclass(frozen=True, slots=True)
class Choice:
    """A `when` of a menu, and under which conditions it counts: `(of, branch)` for every `if` or `match` around it."""

    when: tree.When
    conditions: tuple[tuple[int, int], ...] = ()

    def excludes(self, other: Choice) -> bool:
        """Whether the two stand in different branches of one condition, so that never both are offered."""
        mine = dict(self.conditions)
        return any(of in mine and mine[of] != branch for of, branch in other.conditions)


def choices(content: tree.Block, conditions: tuple[tuple[int, int], ...] = ()) -> Iterator[Choice]:
    """The choices of a menu, given the content of its block, in the order of the text."""
    for statement in content:
        match statement:
            case tree.When():
                yield Choice(statement, conditions)
            case tree.If(branches=branches, otherwise=otherwise):
                bodies = [*(branch.body for branch in branches), otherwise or ()]
                for number, body in enumerate(bodies):
                    yield from choices(body, (*conditions, (id(statement), number)))
            case tree.Match(cases=cases, otherwise=otherwise):
                bodies = [*(case.body or () for case in cases), otherwise or ()]
                for number, body in enumerate(bodies):
                    yield from choices(body, (*conditions, (id(statement), number)))
            case _:
                continue
