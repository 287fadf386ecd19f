"""From a tree to a function: expressions and templates, compiled once and evaluated for every call.

The results are those of Jinja2's sandboxed environment, with the rules of the language on top: `a.b` is a key and
nothing else, a missing name is an error, none in a text is empty. Compiled to closures, an expression costs a tenth of
a render.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Any

from jinja2.exceptions import TemplateError
from markupsafe import Markup

from flowengine.diagnostics import Span
from flowengine.expressions import budget, tree
from flowengine.expressions.calendars import Calendar
from flowengine.expressions.environment import ENVIRONMENT, FILTER_NAMES, TEST_NAMES, in_text
from flowengine.expressions.errors import BudgetExceeded, ExpressionError
from flowengine.expressions.functions import FUNCTIONS, SPEECH_FILTERS
from flowengine.expressions.tree import Expr, Part

__all__ = [
    "MISSING",
    "BudgetExceeded",
    "Compiled",
    "ExpressionError",
    "Scope",
    "compile_expression",
    "compile_template",
    "compile_value",
    "loosely_equal",
]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()
"""What stands for "no value": of a name that is not there, and of an expression that is not constant."""

_NONE: frozenset[str] = frozenset()
_ROUNDS = "\0rounds"


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can read. `text_limit` is in characters."""

    variables: Mapping[str, Any]
    globals: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en-US"
    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)
    zone: tzinfo = UTC
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    text_limit: int = 10_000

    def with_variables(self, variables: Mapping[str, Any]) -> Scope:
        """The same with other variables."""
        return replace(self, variables=variables)


Run = Callable[[Scope], Any]


class Compiled:
    """An expression or template, ready to be evaluated.

    `reads` are the root names that it reads; `taints` those whose value reaches the result otherwise than through a
    comparison. `constant` is its value when it has the same one for every call, else `MISSING`.
    """

    __slots__ = ("_run", "constant", "reads", "taints")

    def __init__(self, run: Run, reads: frozenset[str], taints: frozenset[str], constant: Any) -> None:
        self._run = run
        self.reads = reads
        self.taints = taints
        self.constant = constant

    def __call__(self, scope: Scope) -> Any:
        """The value. Raises ExpressionError, BudgetExceeded."""
        return self._run(scope)


def compile_expression(expr: Expr) -> Compiled:
    """Compile an expression.

    Raises:
        ExpressionError: a filter, test or function in it is unknown.
    """
    return _compiled(expr, _compile(expr))


def compile_value(expr: Expr) -> Compiled:
    """Compile an argument: an expression, a template, or a list or dict with templates inside. Raises as above."""
    return compile_expression(expr)


def compile_template(template: tree.Template, *, escape: Callable[[str], str] | None = None) -> Compiled:
    """Compile a template; `escape` is applied to the text of every `{{ }}` that is not constant. Raises as above."""
    return _compiled(template, _template(template, escape))


def loosely_equal(value: Any, candidate: Any) -> bool:
    """Whether `when candidate` fits `value`: `1` also equals the text "1", and a range is each of its numbers."""
    if isinstance(candidate, range):
        if isinstance(value, str):
            return value.isascii() and value.isdigit() and str(int(value)) == value and int(value) in candidate
        return isinstance(value, int) and not isinstance(value, bool) and value in candidate
    if isinstance(value, bool) or isinstance(candidate, bool):
        return value is candidate
    if isinstance(value, str) and isinstance(candidate, int | float):
        return value == str(candidate)
    if isinstance(candidate, str) and isinstance(value, int | float):
        return candidate == str(value)
    return bool(value == candidate)


def _compiled(expr: Expr, run: Run) -> Compiled:
    reads, taints = _names(expr, _NONE), _taints(expr, _NONE)
    constant: Any = MISSING
    if not reads and not any(isinstance(node, tree.Call | tree.Filter) for node in tree.walk(expr)):
        try:
            constant = run(Scope({}))
        except (ExpressionError, ArithmeticError, TypeError):
            constant = MISSING
    if constant is not MISSING:
        return Compiled(lambda _: constant, reads, taints, constant)
    return Compiled(run, reads, taints, MISSING)


# ------------------------------------------------------------------------------------------------------------ names


def _names(node: Expr | Part, bound: frozenset[str]) -> frozenset[str]:
    """The root names that a node reads, without those that its own template sets."""
    match node:
        case tree.Name(name=name):
            return _NONE if name in bound else frozenset({name})
        case tree.Call(args=args, keywords=keywords):
            return _union([_names(arg, bound) for arg in (*args, *(keyword.value for keyword in keywords))])
        case tree.Template(parts=parts):
            return _part_names(parts, bound, _names)
        case tree.IfPart(branches=branches, otherwise=otherwise):
            found = [_names(test, bound) | _part_names(body, bound, _names) for test, body in branches]
            return _union([*found, _part_names(otherwise, bound, _names)])
        case tree.ForPart(names=names, of=of, body=body, otherwise=otherwise):
            inner = bound | {name.name for name in names} | {"loop"}
            return _names(of, bound) | _part_names(body, inner, _names) | _part_names(otherwise, bound, _names)
    return _union([_names(child, bound) for child in tree.children(node)])


def _taints(node: Expr | Part, bound: frozenset[str]) -> frozenset[str]:
    """The root names whose value flows into the result: not those that are only compared."""
    match node:
        case tree.Compare() | tree.Test() | tree.Unary(operator="not"):
            return _NONE
        case tree.Conditional(then=then, otherwise=otherwise):
            return _taints(then, bound) | (_NONE if otherwise is None else _taints(otherwise, bound))
        case tree.Name(name=name):
            return _NONE if name in bound else frozenset({name})
        case tree.Call(args=args, keywords=keywords):
            return _union([_taints(arg, bound) for arg in (*args, *(keyword.value for keyword in keywords))])
        case tree.Template(parts=parts):
            return _part_names(parts, _NONE, _names)
    return _union([_taints(child, bound) for child in tree.children(node)])


def _part_names(
    parts: Sequence[Part], bound: frozenset[str], of: Callable[[Expr | Part, frozenset[str]], frozenset[str]]
) -> frozenset[str]:
    found = _NONE
    for part in parts:
        found |= of(part, bound)
        if isinstance(part, tree.SetPart):
            bound = bound | {part.name.name}
    return found


def _union(sets: list[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets) if sets else _NONE


# ------------------------------------------------------------------------------------------------------ expressions


def _compile(node: Expr, soft: bool = False) -> Run:
    """The function of a node. With `soft`, a missing name or key gives `MISSING` instead of an error."""
    match node:
        case tree.Literal(value=value):
            return lambda _: value
        case tree.Duration(seconds=seconds):
            return lambda _: seconds
        case tree.Range(low=low, high=high):
            return lambda _: budget.spread(low, high + 1)
        case tree.Name():
            return _name(node, soft)
        case tree.Attribute(of=of, key=key, key_span=span):
            return _key(_compile(of, soft), _source(of), key, span, soft)
        case tree.Item():
            return _item(node, soft)
        case tree.Call():
            return _call(node)
        case tree.Filter():
            return _filter(node)
        case tree.Test():
            return _test(node)
        case tree.Unary():
            return _unary(node)
        case tree.Binary():
            return _binary(node)
        case tree.Compare():
            return _compare(node)
        case tree.Conditional(then=then, test=test, otherwise=otherwise):
            yes, condition = _compile(then), _compile(test)
            no: Run = (lambda _: None) if otherwise is None else _compile(otherwise)
            return lambda scope: yes(scope) if condition(scope) else no(scope)
        case tree.ListOf(items=items):
            runs = [_compile(item) for item in items]
            return lambda scope: [run(scope) for run in runs]
        case tree.DictOf(items=pairs):
            entries = [(_compile(key), _compile(value)) for key, value in pairs]
            return lambda scope: {str(key(scope)): value(scope) for key, value in entries}
        case tree.Template():
            return _template(node, None)


def _name(node: tree.Name, soft: bool) -> Run:
    name, span = node.name, node.span

    def run(scope: Scope) -> Any:
        variables = scope.variables
        if name in variables:
            return variables[name]
        try:
            return scope.globals[name]
        except KeyError:
            if soft:
                return MISSING
            raise ExpressionError(f"there is no name `{name}`", span) from None

    return run


def _key(of: Run, source: str, key: str, span: Span, soft: bool) -> Run:
    def run(scope: Scope) -> Any:
        value = of(scope)
        if isinstance(value, dict) and key in value:
            return value[key]
        if soft:
            return MISSING
        if value is None:
            raise ExpressionError(f"`{source}` is none, so it has no key `{key}`", span)
        raise ExpressionError(f"`{source}` has no key `{key}`", span)

    return run


def _item(node: tree.Item, soft: bool) -> Run:
    of, index, span, source = _compile(node.of, soft), _compile(node.index), node.span, _source(node.of)

    def run(scope: Scope) -> Any:
        value, place = of(scope), index(scope)
        if isinstance(value, dict | list | str) and not isinstance(place, bool):
            try:
                return value[place]
            except (LookupError, TypeError):
                pass
        if soft:
            return MISSING
        raise ExpressionError(f"`{source}` has nothing at {place!r}", span)

    return run


def _source(node: Expr) -> str:
    match node:
        case tree.Name(name=name):
            return name
        case tree.Attribute(of=of, key=key):
            return f"{_source(of)}.{key}"
    return "this"


def _call(node: tree.Call) -> Run:
    function = FUNCTIONS.get(node.function.name)
    if function is None:
        raise ExpressionError(f"there is no function `{node.function.name}`", node.function.span)
    args = [_compile(arg) for arg in node.args]
    keywords = {keyword.name: _compile(keyword.value) for keyword in node.keywords}
    does, span = function.does, node.span

    def run(scope: Scope) -> Any:
        given = [arg(scope) for arg in args]
        named = {name: value(scope) for name, value in keywords.items()}
        return _guard(lambda: does(scope, *given, **named), span, scope)

    return run


def _filter(node: tree.Filter) -> Run:
    name, span = node.name, node.name_span
    defaulting = name in ("default", "d")
    of = _compile(node.of, soft=defaulting)
    args = [_compile(arg) for arg in node.args]
    keywords = {keyword.name: _compile(keyword.value) for keyword in node.keywords}
    speech = SPEECH_FILTERS.get(name)
    if speech is None and name not in FILTER_NAMES:
        raise ExpressionError(f"there is no filter `{name}`", span)

    def run(scope: Scope) -> Any:
        value = of(scope)
        given = [arg(scope) for arg in args]
        named = {key: argument(scope) for key, argument in keywords.items()}
        if speech is not None:
            return _guard(lambda: speech.does(scope, value, *given, **named), span, scope)
        if defaulting:
            return _default(value, *given, **named)
        budget.arguments([*given, *named.values()])
        return _guard(lambda: _plain(_apply(name, value, given, named)), span, scope)

    return run


def _default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    return default_value if value is MISSING or (boolean and not value) else value


def _apply(name: str, value: Any, args: list[Any], named: dict[str, Any]) -> Any:
    if name == "format":
        return budget.remainder(value, args, 10_000)
    if name == "replace" and len(args) >= 2 and isinstance(value, str):
        growth = value.count(str(args[0])) * len(str(args[1]))
        budget.arguments([growth // 2])
    return ENVIRONMENT.call_filter(name, value, args, named, context=_context())


def _context() -> Any:
    return ENVIRONMENT.from_string("").new_context({})


def _plain(value: Any) -> Any:
    """What a filter gives, as a value: Jinja2's own types become texts and lists."""
    if isinstance(value, Markup):
        return str(value)
    if value is None or isinstance(value, str | int | float | dict | list):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__next__") or isinstance(value, set | frozenset | range) or hasattr(value, "keys"):
        return [_plain(item) for item in islice(iter(value), budget.MOST_ITEMS + 1)]
    return str(value)


def _test(node: tree.Test) -> Run:
    name, span, negated = node.name, node.name_span, node.negated
    if name not in TEST_NAMES:
        raise ExpressionError(f"there is no test `{name}`", span)
    args = [_compile(arg) for arg in node.args]
    if name in ("defined", "undefined"):
        soft = _compile(node.of, soft=True)
        wanted = (name == "defined") is not negated
        return lambda scope: (soft(scope) is not MISSING) is wanted
    of = _compile(node.of)

    def run(scope: Scope) -> bool:
        value = of(scope)
        given = [arg(scope) for arg in args]
        found = _guard(lambda: ENVIRONMENT.call_test(name, value, given, context=_context()), span, scope)
        return bool(found) is not negated

    return run


def _guard(do: Callable[[], Any], span: Span, scope: Scope) -> Any:
    """Run what libraries do, with their errors turned into ours and the result bounded."""
    try:
        return budget.bounded(do(), scope.text_limit)
    except ExpressionError as error:
        if error.span is None:
            error.span = span
        raise
    except (
        TemplateError,
        ValueError,
        TypeError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise ExpressionError(f"this cannot be done: {error}", span) from error


def _unary(node: tree.Unary) -> Run:
    operand, span = _compile(node.operand), node.span
    if node.operator == "not":
        return lambda scope: not operand(scope)
    does = operator.neg if node.operator == "-" else operator.pos
    return lambda scope: _guard(lambda: does(operand(scope)), span, scope)


_ARITHMETIC: dict[str, Callable[[Any, Any, int], Any]] = {
    "+": lambda a, b, limit: a + b,
    "-": lambda a, b, limit: a - b,
    "*": budget.product,
    "/": lambda a, b, limit: a / b,
    "//": lambda a, b, limit: a // b,
    "%": budget.remainder,
    "~": lambda a, b, limit: f"{text_of(a)}{text_of(b)}",
}


def _binary(node: tree.Binary) -> Run:
    left, right, span = _compile(node.left), _compile(node.right), node.span
    if node.operator == "and":
        return lambda scope: left(scope) and right(scope)
    if node.operator == "or":
        return lambda scope: left(scope) or right(scope)
    does = _ARITHMETIC[node.operator]

    def run(scope: Scope) -> Any:
        a, b = left(scope), right(scope)
        try:
            return budget.bounded(does(a, b, scope.text_limit), scope.text_limit)
        except (TypeError, ArithmeticError, ValueError) as error:
            if isinstance(error, ZeroDivisionError):
                raise ExpressionError("a division by zero", span) from error
            raise ExpressionError(f"`{_kind(a)} {node.operator} {_kind(b)}` cannot be computed", span) from error

    return run


def _kind(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "truth"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
    return "dict"


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}


def _compare(node: tree.Compare) -> Run:
    first, span = _compile(node.first), node.span
    rest = [(_COMPARISONS[sign], sign, _compile(right)) for sign, right in node.rest]
    if len(rest) == 1 and rest[0][1] in ("==", "!="):
        does, _, right = rest[0]
        return lambda scope: does(first(scope), right(scope))

    def run(scope: Scope) -> bool:
        left = first(scope)
        for does, sign, compiled in rest:
            value = compiled(scope)
            try:
                if not does(left, value):
                    return False
            except TypeError as error:
                raise ExpressionError(f"`{_kind(left)} {sign} {_kind(value)}` cannot be compared", span) from error
            left = value
        return True

    return run


# -------------------------------------------------------------------------------------------------------- templates


def text_of(value: Any) -> str:
    """How a value reads inside a text."""
    return value if isinstance(value, str) else str(in_text(value))


def _template(template: tree.Template, escape: Callable[[str], str] | None) -> Run:
    constant = template.constant
    if constant is not None:
        return lambda _: constant
    parts = [_part(part, escape) for part in template.parts]
    simple = all(isinstance(part, tree.Text | tree.Hole) for part in template.parts)

    def run(scope: Scope) -> str:
        inner = scope if simple else scope.with_variables({**scope.variables, _ROUNDS: [0]})
        return str(budget.bounded("".join([part(inner) for part in parts]), scope.text_limit))

    return run


def _parts(parts: Sequence[Part], escape: Callable[[str], str] | None) -> Run:
    runs = [_part(part, escape) for part in parts]
    return lambda scope: str(budget.bounded("".join([run(scope) for run in runs]), scope.text_limit))


def _part(part: Part, escape: Callable[[str], str] | None) -> Run:
    match part:
        case tree.Text(value=value):
            return lambda _: value
        case tree.Hole(value=expr):
            run = _compile(expr)
            if escape is None:
                return lambda scope: text_of(run(scope))
            return lambda scope: escape(text_of(run(scope)))
        case tree.SetPart(name=name, value=expr):
            run = _compile(expr)
            return lambda scope: _set(scope, name.name, run(scope))
        case tree.IfPart(branches=branches, otherwise=otherwise):
            compiled = [(_compile(test), _parts(body, escape)) for test, body in branches]
            final = _parts(otherwise, escape)
            return lambda scope: next((body for test, body in compiled if test(scope)), final)(scope)
        case tree.ForPart():
            return _for(part, escape)


def _set(scope: Scope, name: str, value: Any) -> str:
    # The variables of a template with `set` or `for` are its own copy: see `_template`.
    scope.variables[name] = value  # type: ignore[index]
    return ""


def _for(part: tree.ForPart, escape: Callable[[str], str] | None) -> Run:
    of, body, otherwise = _compile(part.of), _parts(part.body, escape), _parts(part.otherwise, escape)
    names = [name.name for name in part.names]
    span = part.span

    def run(scope: Scope) -> str:
        value = of(scope)
        if not isinstance(value, list | dict | str):
            raise ExpressionError(f"`for` goes through a list, not a {_kind(value)}", span)
        items = list(value.items()) if isinstance(value, dict) and len(names) == 2 else list(value)
        if not items:
            return otherwise(scope)
        texts: list[str] = []
        size = 0
        for index, item in enumerate(items):
            rounds = scope.variables[_ROUNDS]
            rounds[0] += 1
            if rounds[0] > budget.MOST_ITEMS:
                raise BudgetExceeded("the loops of this text have too many rounds", span)
            loop = {
                "index": index + 1,
                "index0": index,
                "revindex": len(items) - index,
                "revindex0": len(items) - index - 1,
                "first": index == 0,
                "last": index == len(items) - 1,
                "length": len(items),
            }
            text = body(scope.with_variables({**scope.variables, **_unpacked(names, item, span), "loop": loop}))
            size += len(text)
            if size > scope.text_limit:
                raise BudgetExceeded("the text is too long", span)
            texts.append(text)
        return "".join(texts)

    return run


def _unpacked(names: list[str], item: Any, span: Span) -> dict[str, Any]:
    if len(names) == 1:
        return {names[0]: item}
    if not isinstance(item, list | tuple) or len(item) != len(names):
        raise ExpressionError(f"an item does not have {len(names)} values", span)
    return dict(zip(names, item, strict=True))
