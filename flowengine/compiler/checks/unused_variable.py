"""FE252: a variable that gets a value which nothing reads."""

from __future__ import annotations

from flowengine.compiler.analysis.variables import Definition, Origin, definitions, read_names
from flowengine.compiler.checks.check import Found, each_flow, warning
from flowengine.compiler.model import Checked
from flowengine.core.reading import RESERVED
from flowengine.language import tree
from flowengine.language.builder import RESERVED as WORDS

_DONE_FOR_EFFECT = frozenset({"record", "fetch"})
"""Verbs that need a NAME and are worth their while without it: a message is kept, an order is sent."""


def _run(checked: Checked, flow: tree.Flow) -> Found:
    if not flow.complete:
        return
    # Names that nobody may set have a finding of their own.
    told = {*RESERVED, *WORDS, *checked.config.variables}
    read = read_names(checked, flow)
    for definition in definitions(checked, flow):
        name = definition.word.text
        if name in read or name in told or name.startswith("_") or not _counts(definition):
            continue
        told.add(name)
        yield warning("FE252", f"`{name}` is never used", definition.word.span, f"remove it, or call it `_{name}`")


def _read_by_scripts(checked: Checked, _flow: tree.Flow) -> frozenset[str]:
    return checked.read_by_scripts


def _counts(definition: Definition) -> bool:
    """Whether a definition is there only for being read."""
    if definition.origin in (Origin.PARAMETER, Origin.GUESSED, Origin.KEY):
        return False
    statement = definition.statement
    return not (isinstance(statement, tree.Verb) and statement.name.text in _DONE_FOR_EFFECT)


CHECK = each_flow(("FE252",), _run, _read_by_scripts)
