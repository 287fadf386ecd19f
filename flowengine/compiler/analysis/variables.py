"""The variables of a flow: where its names come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flowengine.compiler.analysis.reads import flow_expressions, reads
from flowengine.compiler.model import Checked
from flowengine.core.reading import RESERVED
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.tree import Name
from flowengine.language import tree


class Origin(StrEnum):
    """How a name gets its value."""

    PARAMETER = "a parameter"
    SET = "set"
    KEY = "a key of it is set"
    VERB = "bound by a verb"
    RUN = "bound by a run"
    GUESSED = "perhaps bound by an unknown verb"


@dataclass(frozen=True, slots=True)
class Definition:
    """A place that gives a name its value."""

    word: tree.Word
    origin: Origin
    statement: tree.Statement | None = None


def definitions(checked: Checked, flow: tree.Flow) -> Sequence[Definition]:
    """Every place in a flow that gives a name its value, in the order of the text."""
    return checked.recall(flow, _definitions)


def _definitions(checked: Checked, flow: tree.Flow) -> Sequence[Definition]:
    return list(_find_definitions(checked, flow))


def _find_definitions(checked: Checked, flow: tree.Flow) -> Iterator[Definition]:
    for parameter in flow.parameters:
        yield Definition(parameter.name, Origin.PARAMETER)
    for statement in checked.statements(flow):
        match statement:
            case tree.Set(name=name, path=path):
                yield Definition(name, Origin.KEY if path else Origin.SET, statement)
            case tree.Run(result=result) if result is not None:
                yield Definition(result, Origin.RUN, statement)
            case tree.Verb(args=args):
                bound = checked.bound.get(id(statement))
                if bound is None:
                    for arg in args:
                        if isinstance(arg, Name):
                            yield Definition(tree.Word(arg.name, arg.span), Origin.GUESSED, statement)
                elif bound.name is not None:
                    yield Definition(bound.name, Origin.VERB, statement)


def known_names(checked: Checked, flow: tree.Flow) -> set[str]:
    """The names that some place of the flow gives a value."""
    return {found.word.text for found in definitions(checked, flow) if found.origin is not Origin.KEY}


def read_names(checked: Checked, flow: tree.Flow) -> set[str]:
    """The names that a flow, or a call script, reads; a misspelt one counts as the name that it is most like."""
    read = {read.name.name for expr in flow_expressions(checked, flow) for read in reads(expr)}
    known = known_names(checked, flow)
    unknown = read - known - RESERVED - set(checked.config.variables)
    return read | checked.read_by_scripts | {near for name in unknown if (near := closest(name, known)) is not None}
