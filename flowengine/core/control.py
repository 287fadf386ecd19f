"""The nodes of the statements of control: steps, `set`, `if`, `match`, `run`, `return`, `fail`."""

from __future__ import annotations

from typing import Any, ClassVar

from flowengine.core.graph import END, Node
from flowengine.core.journal import MASK
from flowengine.core.run import Run
from flowengine.core.session import Frame
from flowengine.diagnostics import Span
from flowengine.expressions.evaluate import Compiled, ExpressionError, loosely_equal


class StepNode(Node):
    """The entry of a step: every `->` leads to one.

    It ends the handlers and the counts of the step before.
    """

    __slots__ = ()
    kind: ClassVar[str] = "step"

    def enter(self, run: Run) -> int:
        frame = run.frame
        if frame.base is not None:  # inside a handler
            if run.in_hangup:
                return run.leave_handler()
            frame = run.settle()
        frame.tries.clear()
        run.refresh()
        run.note("step", self.step)
        return self.exits["next"]


class SetNode(Node):
    """`set name.path = value`."""

    __slots__ = ("name", "path", "value")
    kind: ClassVar[str] = "set"

    def __init__(self, span: Span, next_node: int, name: str, path: tuple[str, ...], value: Compiled) -> None:
        super().__init__(span, {"next": next_node})
        self.name = name
        self.path = path
        self.value = value

    def enter(self, run: Run) -> int:
        recorded = run.recorded("set", self.value) if run.record else None
        if recorded is not None:
            run.bind(self.name, recorded.data, secret=recorded.data == MASK)
            return self.exits["next"]
        value = run.eval(self.value)
        if self.name == "call":
            if not isinstance(value, str) or not value:
                raise ExpressionError('`call.language` is a text such as "en-US"', self.span)
            run.session.language = value
            run.refresh()
            run.note("set", "call.language", data=value)
            return self.exits["next"]
        secret = run.tainted(self.value)
        if self.path:
            if self.name not in run.variables:
                raise ExpressionError(f"there is no name `{self.name}` to set a key of", self.span)
            secret = secret or self.name in run.owner.secret
            value = self._placed(run.variables[self.name], self.path, value)
        run.bind(self.name, value, secret=secret)
        return self.exits["next"]

    def _placed(self, old: Any, path: tuple[str, ...], value: Any) -> Any:
        """`old` with `value` at `path`; what is on the way is copied, so that no other variable changes."""
        if not isinstance(old, dict):
            raise ExpressionError(
                f"`{self.name}` has no keys: `{'.'.join((self.name, *self.path))}` cannot be set", self.span
            )
        if len(path) == 1:
            return {**old, path[0]: value}
        if path[0] not in old:
            raise ExpressionError(f"`{self.name}` has no key `{path[0]}`", self.span)
        return {**old, path[0]: self._placed(old[path[0]], path[1:], value)}


class IfNode(Node):
    """`if … elif … else`: exits are the numbers of the branches and `else`."""

    __slots__ = ("tests",)
    kind: ClassVar[str] = "if"

    def __init__(self, span: Span, tests: tuple[Compiled, ...], exits: dict[str, int]) -> None:
        super().__init__(span, exits)
        self.tests = tests

    def enter(self, run: Run) -> int:
        recorded = run.recorded("branch", *self.tests) if run.record else None
        if recorded is not None:
            taken = recorded.name
        else:
            taken = "else"
            for number, test in enumerate(self.tests):
                if run.eval(test):
                    taken = str(number)
                    break
        run.note("branch", taken)
        return self.exits[taken]


class MatchNode(Node):
    """`match value`: exits are the numbers of the `when`s and `else`."""

    __slots__ = ("cases", "value")
    kind: ClassVar[str] = "match"

    def __init__(
        self, span: Span, value: Compiled, cases: tuple[tuple[Compiled, ...], ...], exits: dict[str, int]
    ) -> None:
        super().__init__(span, exits)
        self.value = value
        self.cases = cases

    def enter(self, run: Run) -> int:
        recorded = run.recorded("branch", self.value)
        taken = recorded.name if recorded is not None else self._case(run, run.eval(self.value))
        run.note("branch", taken)
        return self.exits[taken]

    def _case(self, run: Run, value: Any) -> str:
        for number, candidates in enumerate(self.cases):
            if any(loosely_equal(value, run.eval(candidate)) for candidate in candidates):
                return str(number)
        return "else"


class RunNode(Node):
    """`run flow(args) as name`: exits `next` and, where it is handled here, `failed`."""

    __slots__ = ("args", "flow", "result")
    kind: ClassVar[str] = "run"

    def __init__(
        self, span: Span, flow: str, args: tuple[tuple[str, Compiled], ...], result: str | None, exits: dict[str, int]
    ) -> None:
        super().__init__(span, exits)
        self.flow = flow
        self.args = args
        self.result = result

    def enter(self, run: Run) -> int:
        graph = run.program.flows[self.flow]
        variables: dict[str, Any] = {}
        secret: list[str] = []
        for name, value in self.args:
            variables[name] = run.eval(value)
            if run.tainted(value):
                secret.append(name)
        shown = {name: MASK if name in secret else value for name, value in variables.items()}
        run.note("run", self.flow, data=shown)
        run.push(Frame(self.flow, graph.start, variables, secret))
        for parameter in graph.parameters:
            if parameter.name not in variables and parameter.default is not None:
                variables[parameter.name] = run.eval(parameter.default)
                if run.tainted(parameter.default):
                    secret.append(parameter.name)
        return graph.start

    def returned(self, run: Run, value: Any, secret: bool) -> int:
        """The flow came back with `value`; the run's frame is on top again."""
        if self.result is not None:
            run.bind(self.result, value, secret=secret)
        return self.exits["next"]

    def came_back_failed(self, run: Run, reason: str) -> int:
        """The flow failed; the run's frame is on top again."""
        if self.result is not None:
            run.bind(self.result, None)
        return run.outcome(self, "failed")


class ReturnNode(Node):
    """`return value`; in the flow that the call began with it ends the call."""

    __slots__ = ("value",)
    kind: ClassVar[str] = "return"

    def __init__(self, span: Span, value: Compiled | None) -> None:
        super().__init__(span, {"return": END})
        self.value = value

    def enter(self, run: Run) -> int:
        if run.in_hangup:
            return run.leave_handler()
        value, secret = None, False
        if self.value is not None:
            recorded = run.recorded("return", self.value)
            value = run.eval(self.value) if recorded is None else recorded.data
            secret = run.tainted(self.value)
        run.settle()
        run.note("return", data=MASK if secret else value)
        if len(run.session.frames) == 1:
            return run.hang_up()
        return run.leave_flow().returned(run, value, secret)


class FailNode(Node):
    """`fail "reason"`."""

    __slots__ = ("reason",)
    kind: ClassVar[str] = "fail"

    def __init__(self, span: Span, reason: Compiled | None) -> None:
        super().__init__(span, {"fail": END})
        self.reason = reason

    def enter(self, run: Run) -> int:
        return run.fail("" if self.reason is None else str(run.masked(self.reason)))
