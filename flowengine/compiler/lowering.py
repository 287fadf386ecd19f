"""From trees to graphs: every statement becomes nodes that know where the call goes on.

A block is lowered from its end to its beginning, because each statement is told its successor. Loops (menus,
conferences) reserve their number first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.compiler.binding import Bound
from flowengine.core.control import FailNode, IfNode, MatchNode, ReturnNode, RunNode, SetNode, StepNode
from flowengine.core.graph import BACK, END, FlowGraph, Node, Parameter
from flowengine.expressions.evaluate import compile_case, compile_expression, compile_value
from flowengine.language import tree
from flowengine.verbs.base import Use
from flowengine.verbs.menu import WhenNode


def lower(
    flow: tree.Flow, file: str, version: str, flows: Mapping[str, tree.Flow], bound: Mapping[int, Bound]
) -> FlowGraph:
    """The graph of a flow that has no errors.

    Args:
        flow: its tree.
        file: where it stands, for messages.
        version: the name of this content.
        flows: all flows of the project, for the parameters of those it runs.
        bound: the uses of verbs, by the identity of their statements.
    """
    return _Lowering(flow, file, version, flows, bound).lower()


class _Lowering:
    def __init__(
        self, flow: tree.Flow, file: str, version: str, flows: Mapping[str, tree.Flow], bound: Mapping[int, Bound]
    ) -> None:
        self.flow = flow
        self.flows = flows
        self.bound = bound
        self.graph = FlowGraph(flow.name.text, file, version)
        self.nodes: list[Node | None] = []
        self.step = ""
        self.whens: dict[int, int] = {}

    def lower(self) -> FlowGraph:
        graph, flow = self.graph, self.flow
        graph.parameters = tuple(
            Parameter(p.name.text, None if p.default is None else compile_expression(p.default))
            for p in flow.parameters
        )
        graph.settings = {setting.name.text: _literal(setting) for setting in flow.settings}
        for step in flow.steps:
            # Every step has its number before any is lowered: they refer to each other.
            graph.steps[step.name.text] = self.reserve()
        for step in flow.steps:
            self.step = step.name.text
            first = self.block(step.body, END)
            self.place(graph.steps[step.name.text], StepNode(step.name.span, {"next": first}))
        self.step = ""
        for handler in flow.handlers:
            self._handler(handler)
        graph.start = graph.steps[flow.steps[0].name.text] if flow.steps else END
        graph.nodes = [node for node in self.nodes if node is not None]
        return graph

    def _handler(self, handler: tree.On) -> None:
        entry = self.block(handler.body, BACK)
        for trigger in handler.triggers:
            if trigger.name.text == "press":
                self.graph.presses[_key(trigger)] = entry
            else:
                self.graph.on[trigger.name.text] = entry

    # ------------------------------------------------------------------------------------- what a verb's `lower` uses

    def add(self, node: Node) -> int:
        index = self.reserve()
        self.place(index, node)
        return index

    def reserve(self) -> int:
        self.nodes.append(None)
        return len(self.nodes) - 1

    def place(self, index: int, node: Node) -> None:
        node.index = index
        node.step = self.step
        self.nodes[index] = node

    def block(self, block: tree.Block, next_node: int) -> int:
        for statement in reversed(block):
            next_node = self.statement(statement, next_node)
        return next_node

    def choices(self, content: tree.Block) -> list[tree.When]:
        whens: list[tree.When] = []
        _collect(content, whens)
        self.whens.update({id(when): number for number, when in enumerate(whens)})
        return whens

    def is_dynamic(self, content: tree.Block) -> bool:
        top = sum(1 for statement in content if isinstance(statement, tree.When))
        whens: list[tree.When] = []
        _collect(content, whens)
        dynamic = len(whens) != top
        if not dynamic:
            for when in whens:
                self.whens.pop(id(when), None)
        return dynamic

    # ------------------------------------------------------------------------------------------------------ statements

    def statement(self, statement: tree.Statement, after: int) -> int:
        """Lower one statement; gives its first node."""
        match statement:
            case tree.Goto(target=target):
                return self.graph.steps[target.text]
            case tree.Set(name=name, path=path, value=value):
                keys = tuple(word.text for word in path)
                if name.text == "call":
                    keys = ()
                return self.add(SetNode(statement.span, after, name.text, keys, compile_expression(value)))
            case tree.If():
                return self._if(statement, after)
            case tree.Match():
                return self._match(statement, after)
            case tree.When():
                # Always there: nothing to do when the prompts are played. Under a condition: it counts from here on.
                number = self.whens.get(id(statement))
                return after if number is None else self.add(WhenNode(statement.span, after, number))
            case tree.Run():
                return self._run(statement, after)
            case tree.Return(value=result):
                return self.add(ReturnNode(statement.span, None if result is None else compile_expression(result)))
            case tree.Fail(reason=reason):
                return self.add(FailNode(statement.span, None if reason is None else compile_value(reason)))
            case tree.Verb():
                return self._verb(statement, after)
            case tree.On():
                return after

    def _if(self, statement: tree.If, after: int) -> int:
        exits = {str(number): self.block(branch.body, after) for number, branch in enumerate(statement.branches)}
        exits["else"] = after if statement.otherwise is None else self.block(statement.otherwise, after)
        tests = tuple(compile_expression(branch.test) for branch in statement.branches)
        return self.add(IfNode(statement.span, tests, exits))

    def _match(self, statement: tree.Match, after: int) -> int:
        exits = {str(n): after if c.body is None else self.block(c.body, after) for n, c in enumerate(statement.cases)}
        exits["else"] = after if statement.otherwise is None else self.block(statement.otherwise, after)
        cases = tuple(tuple(compile_case(value) for value in case.values) for case in statement.cases)
        return self.add(MatchNode(statement.span, compile_expression(statement.value), cases, exits))

    def _run(self, statement: tree.Run, after: int) -> int:
        exits = {"next": after}
        for inner in statement.body:
            if isinstance(inner, tree.On):
                exits["failed"] = self.block(inner.body, after)
        names = [parameter.name.text for parameter in self.flows[statement.flow.text].parameters]
        args = [(name, compile_expression(value)) for name, value in zip(names, statement.args, strict=False)]
        args += [(option.name.text, compile_expression(option.value)) for option in statement.options]
        result = None if statement.result is None else statement.result.text
        return self.add(RunNode(statement.span, statement.flow.text, tuple(args), result, exits))

    def _verb(self, statement: tree.Verb, after: int) -> int:
        bound = self.bound[id(statement)]
        use = Use(
            span=statement.name.span,
            next=after,
            name=None if bound.name is None else bound.name.text,
            args=bound.args,
            handlers=bound.handlers,
            content=bound.content,
        )
        return bound.verb.lower(self, use)


def _collect(content: tree.Block, whens: list[tree.When]) -> None:
    """The `when`s of a menu in the order of the text; those of a `match` around them are not choices."""
    for statement in content:
        match statement:
            case tree.When():
                whens.append(statement)
            case tree.If(branches=branches, otherwise=otherwise):
                for branch in branches:
                    _collect(branch.body, whens)
                _collect(otherwise or (), whens)
            case tree.Match(cases=cases, otherwise=otherwise):
                for case in cases:
                    _collect(case.body or (), whens)
                _collect(otherwise or (), whens)


def _literal(setting: tree.Setting) -> Any:
    return compile_value(setting.value).constant


def _key(trigger: tree.Trigger) -> str:
    argument = trigger.argument
    return str(getattr(argument, "text", "")).strip('"') if argument is not None else ""
