"""FE214: a name of the language, or of `[vars]`, used for a variable."""

from __future__ import annotations

from flowengine.compiler.analysis.variables import Definition, Origin, definitions
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.core.reading import RESERVED
from flowengine.diagnostics import Label
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for definition in definitions(checked, flow):
        name = definition.word.text
        if definition.origin is Origin.GUESSED or _sets_language(definition):
            continue
        if name in RESERVED:
            hint = "choose another name" if name != "call" else "only `set call.language = …` is possible"
            message = f"`{name}` is a name of the language and cannot be set"
            yield error("FE214", message, definition.word.span, hint)
        elif name in checked.config.variables:
            label = Label(checked.config.key_span("vars", name), "the project's variable")
            message = f"`{name}` is a variable of the project, and a flow cannot set it"
            yield error("FE214", message, definition.word.span, "choose another name", label)


def _sets_language(definition: Definition) -> bool:
    statement = definition.statement
    return (
        isinstance(statement, tree.Set)
        and statement.name.text == "call"
        and [key.text for key in statement.path] == ["language"]
    )


CHECK = each_flow(("FE214",), _run)
