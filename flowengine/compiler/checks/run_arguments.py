"""What `run` gives a flow: FE216 a parameter that is not there, FE301 one that lacks, FE308 too many, FE211 one given
twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Label
from flowengine.diagnostics.suggest import closest
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for statement in checked.statements(flow):
        if isinstance(statement, tree.Run):
            called = checked.flows.get(statement.flow.text)
            if called is not None and called.complete:
                yield from _compare(statement, called)


def _called(checked: Checked, flow: tree.Flow) -> Hashable:
    """The declared parameters of the flows that this one runs."""
    return tuple(_declared(checked, name) for name in dict.fromkeys(run.flow.text for run in checked.runs(flow)))


def _declared(checked: Checked, name: str) -> Hashable:
    called = checked.flows.get(name)
    if called is None or not called.complete:
        return None
    parameters = ((one.name.text, one.span, one.default is None) for one in called.parameters)
    return called.name.span, *parameters


def _compare(run: tree.Run, called: tree.Flow) -> Iterator[Diagnostic]:
    name = called.name.text
    parameters = {parameter.name.text: parameter for parameter in called.parameters}
    names = list(parameters)
    here = Label(called.name.span, "the flow and its parameters")
    for extra in run.args[len(names) :]:
        takes = f"takes {len(names)}" if names else "takes none"
        yield error("FE308", f"flow `{name}` {takes}: this argument is one too many", extra.span, None, here)
    given = set(names[: len(run.args)])
    for option in run.options:
        word = option.name.text
        if word not in parameters:
            near = closest(word, names)
            hint = f"did you mean `{near}`?" if near else None
            yield error("FE216", f"flow `{name}` has no parameter `{word}`", option.name.span, hint, here)
        elif word in names[: len(run.args)]:
            message = f"parameter `{word}` is given twice"
            yield error("FE211", message, option.name.span, None, Label(run.args[names.index(word)].span, "first here"))
        given.add(word)
    for word, parameter in parameters.items():
        if word not in given and parameter.default is None:
            label = Label(parameter.span, "it has no default")
            yield error("FE301", f"flow `{name}` needs its `{word}`", run.flow.span, None, label)


CHECK = each_flow(("FE211", "FE216", "FE301", "FE308"), _run, _called)
