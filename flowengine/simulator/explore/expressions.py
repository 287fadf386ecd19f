"""The expressions of a flow, with what each is for: conditions, subjects, and values on their way to another name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from flowengine.expressions.evaluate import (
    Compiled,
    ExpressionError,
    Scope,
    compile_case,
    compile_expression,
    loosely_equal,
)
from flowengine.expressions.tree import Binary, Call, Compare, Conditional, Expr, Filter, Name, Part, Test, walk
from flowengine.language import tree
from flowengine.verbs import all_verbs

TIME = "now"
"""The name that whatever depends on the time of the call is counted under, opening hours too."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a flow asks of its variables: `of` gives the answer, or None where it cannot be had."""

    reads: frozenset[str]
    of: Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Passed:
    """Values that go on under other names: by `set`, as the arguments of a `run`, or as what it returns."""

    to: str
    values: Mapping[str, Compiled]
    path: tuple[str, ...] = ()


@dataclass(slots=True)
class Asked:
    """What one flow asks, and where its values go."""

    questions: list[Question] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)


def expressions(statement: tree.Statement) -> list[Expr]:
    """The expressions that stand directly in a statement; the NAME that a verb binds is none."""
    match statement:
        case tree.Set(value=value) | tree.Match(value=value):
            return [value]
        case tree.If(branches=branches):
            return [branch.test for branch in branches]
        case tree.When(values=values):
            return list(values)
        case tree.Run(args=args, options=options):
            return [*args, *(option.value for option in options)]
        case tree.Return(value=value) | tree.Fail(reason=value):
            return [] if value is None else [value]
        case tree.Verb(name=name, args=args, options=options):
            verb = all_verbs().get(name.text)
            bound = verb is not None and verb.binds is not None and bool(args) and isinstance(args[0], Name)
            return [*(args[1:] if bound else args), *(option.value for option in options)]
    return []


def statements(flow: tree.Flow) -> Iterator[tree.Statement]:
    """Every statement of a flow: of its handlers, then of its steps."""
    for block in (*(handler.body for handler in flow.handlers), *(step.body for step in flow.steps)):
        yield from tree.walk(block)


def nodes(flow: tree.Flow) -> Iterator[Expr | Part]:
    """Every node of every expression of a flow."""
    for statement in statements(flow):
        for expr in expressions(statement):
            yield from walk(expr)


class Questions:
    """What the flows of a project ask of a value: two values that get the same answers lead the call the same way."""

    def __init__(self, flows: Mapping[str, tree.Flow]) -> None:
        self._asked = {name: Asked() for name in flows}
        callers: dict[str, list[tuple[str, str]]] = {}
        for name, flow in flows.items():
            for statement in statements(flow):
                if isinstance(statement, tree.Run) and statement.result is not None:
                    callers.setdefault(statement.flow.text, []).append((name, statement.result.text))
        for name, flow in flows.items():
            for statement in statements(flow):
                self._read(name, statement, flows, callers.get(name, []))

    def answers(
        self, flow: str, names: frozenset[str], variables: Mapping[str, Any], scope: Scope, depth: int = 3
    ) -> tuple[Any, ...]:
        """The answers to everything that reads one of `names`, here and where their values go on."""
        asked = self._asked[flow]
        here = scope.with_variables(variables)
        found = [question.of(here) for question in asked.questions if question.reads & names]
        if not depth:
            return tuple(found)
        for passed in asked.passed:
            changed = {name: _value(value, here) for name, value in passed.values.items() if value.reads & names}
            if not changed:
                continue
            others = {name: _value(value, here) for name, value in passed.values.items() if name not in changed}
            new = {name: value for name, value in (changed | others).items() if value is not None}
            if passed.path:
                new = {name: _placed(variables.get(name), passed.path, value) for name, value in new.items()}
            there = {**variables, **new} if passed.to == flow else new
            found.append(self.answers(passed.to, frozenset(changed), there, scope, depth - 1))
        return tuple(found)

    def _read(
        self,
        name: str,
        statement: tree.Statement,
        flows: Mapping[str, tree.Flow],
        callers: list[tuple[str, str]],
    ) -> None:
        asked = self._asked[name]
        for expr in expressions(statement):
            asked.questions += [_question(node) for node in walk(expr) if _asks(node)]
            asked.questions.append(_works(expr))
        match statement:
            case tree.If(branches=branches):
                asked.questions += [_question(branch.test) for branch in branches]
            case tree.Match(value=value, cases=cases):
                asked.questions.append(_match(value, cases))
            case tree.Set(name=word, path=path, value=value) if word.text != "call":
                keys = tuple(key.text for key in path)
                asked.passed.append(Passed(name, {word.text: compile_expression(value)}, keys))
            case tree.Run(flow=called, args=args, options=options) if called.text in flows:
                names = [parameter.name.text for parameter in flows[called.text].parameters]
                given = dict(zip(names, args, strict=False)) | {o.name.text: o.value for o in options}
                values = {key: compile_expression(value) for key, value in given.items()}
                asked.passed.append(Passed(called.text, values))
            case tree.Return(value=value) if value is not None:
                for caller, result in callers:
                    asked.passed.append(Passed(caller, {result: compile_expression(value)}))


def different(told: Sequence[tuple[Any, ...]]) -> list[int]:
    """Of lists of answers, the places of those that are worth a call of their own, the most telling first.

    Each brings two answers together that none before it has brought together: so of many questions that do not depend
    on each other, some combinations stand for all.
    """
    seen: set[Any] = set()
    whole: set[str] = set()
    found: list[int] = []
    later: list[int] = []
    for place, answers in enumerate(told):
        flat = [repr(answer) for answer in _flat(answers)]
        if repr(flat) in whole:
            continue
        whole.add(repr(flat))
        pairs: set[Any] = set(combinations(enumerate(flat), 2)) or {tuple(flat)}
        (found if pairs - seen else later).append(place)
        seen |= pairs
    return found + later


def _flat(answers: tuple[Any, ...]) -> Iterator[Any]:
    for answer in answers:
        if isinstance(answer, tuple):
            yield from _flat(answer)
        else:
            yield answer


def _asks(node: Expr | Part) -> bool:
    match node:
        case Compare() | Test() | Conditional():
            return True
        case Call(function=function):
            return function.name == "open"
        case Filter(name=name):
            return name in ("luhn", "e164", "length", "default")
        case Binary(operator=operator):
            return operator in ("and", "or")
    return False


def _question(expr: Any) -> Question:
    compiled = compile_expression(expr)
    return Question(_with_time(expr, compiled.reads), lambda scope: _value(compiled, scope, truth=True))


def _works(expr: Expr) -> Question:
    """Whether there is a value at all: `10 / count` has none for 0."""
    compiled = compile_expression(expr)

    def of(scope: Scope) -> bool:
        try:
            compiled(scope)
        except ExpressionError:
            return False
        return True

    return Question(_with_time(expr, compiled.reads), of)


def _match(value: Expr, cases: tuple[tree.When, ...]) -> Question:
    subject = compile_expression(value)
    candidates = [tuple(compile_case(one) for one in case.values) for case in cases]

    def of(scope: Scope) -> int | None:
        try:
            actual = subject(scope)
            for number, values in enumerate(candidates):
                if any(loosely_equal(actual, one(scope)) for one in values):
                    return number
        except ExpressionError:
            return None
        return -1

    return Question(_with_time(value, subject.reads), of)


def _with_time(expr: Expr, names: frozenset[str]) -> frozenset[str]:
    if any(isinstance(node, Call) and node.function.name in ("open", "next_open") for node in walk(expr)):
        return names | {TIME}
    return names


def _value(compiled: Compiled, scope: Scope, *, truth: bool = False) -> Any:
    try:
        value = compiled(scope)
    except ExpressionError:
        return None
    return bool(value) if truth else value


def _placed(old: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    base = dict(old) if isinstance(old, dict) else {}
    base[path[0]] = value if len(path) == 1 else _placed(base.get(path[0]), path[1:], value)
    return base
