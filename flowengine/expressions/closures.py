"""From the tree of an expression to a function of a scope, node by node.

A closure a node is about ten times as fast as a render by Jinja2, whose results these are: the rules are the language's
(a missing name or key is an error, `a.b` is a key), the arithmetic is Python's, as there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from flowengine.diagnostics import Span
from flowengine.expressions import budget, tree
from flowengine.expressions.catalogue import FILTERS, TESTS
from flowengine.expressions.catalogue import FUNCTIONS as SIGNATURES
from flowengine.expressions.errors import ExpressionError
from flowengine.expressions.filters import apply_filter, apply_test, library, library_errors
from flowengine.expressions.functions import FILTERS as OWN_FILTERS
from flowengine.expressions.functions import FUNCTIONS
from flowengine.expressions.operators import (
    COMPARISONS,
    calculate,
    charge_comparison,
    incomparable,
    join,
)
from flowengine.expressions.scope import Scope
from flowengine.expressions.signature import Signature
from flowengine.expressions.tree import Expr
from flowengine.expressions.values import MISSING, Value, kind_of, weight

Run = Callable[[Scope], Value]

_DEFAULTING = frozenset({"default", "d"})
_DEFINED = {"defined": True, "undefined": False}
_WORK_OF_A_CALL = 60


class Closures:
    """Compiles expressions. With `soft`, a missing name or key gives MISSING where it would be an error.

    Every method raises ExpressionError for a filter, test or function that is unknown or has wrong arguments.
    """

    def template(self, template: tree.Template) -> Run:
        """The function of a template inside a list, a dict or an argument."""
        raise TypeError("templates are compiled by `Templates`")

    def compile(self, node: Expr, soft: bool = False) -> Run:
        """The function of a node."""
        match node:
            case tree.Literal(value=value):
                return lambda _: value
            case tree.Duration(seconds=seconds):
                return lambda _: seconds
            case tree.Range(low=low, high=high):
                return _range(low, high, node.span)
            case tree.Name(name=name):
                return _name(name, node.span, soft)
            case tree.Attribute(of=of, key=key):
                return _key(self.compile(of, soft), _source(of), key, node.key_span, soft)
            case tree.Item():
                return self._item(node, soft)
            case tree.Call():
                return self._call(node)
            case tree.Filter(name=name) if name in _DEFAULTING:
                return self._default(node)
            case tree.Filter():
                return self._filter(node, soft)
            case tree.Test():
                return self._test(node)
            case tree.Unary():
                return self._unary(node)
            case tree.Binary():
                return self._binary(node)
            case tree.Compare():
                return self._compare(node)
            case tree.Conditional():
                return self._conditional(node, soft)
            case tree.ListOf(items=items):
                return self._list([self.compile(item) for item in items], node.span)
            case tree.DictOf():
                return self._dict(node)
            case tree.Template():
                return self.template(node)

    def _item(self, node: tree.Item, soft: bool) -> Run:
        of, index, span, source = self.compile(node.of, soft), self.compile(node.index), node.span, _source(node.of)

        def run(scope: Scope) -> Value:
            value, place = of(scope), index(scope)
            if isinstance(value, dict | list | str) and not isinstance(place, bool):
                try:
                    return value[place]
                except (LookupError, TypeError):
                    pass
            if soft:
                return MISSING
            if isinstance(place, str):
                raise _no_key(source, value, place, span)
            if not isinstance(value, list | str):
                raise ExpressionError(f"`{source}` is {kind_of(value)}, which has no numbered items", span)
            raise ExpressionError(f"`{source}` has {len(value)} items, so none at {place!r}", span)

        return run

    def _call(self, node: tree.Call) -> Run:
        name = node.function.name
        _check(SIGNATURES.get(name), "function", name, node.args, node.keywords, node.function.span)
        does, span = FUNCTIONS[name].does, node.span
        args = [self.compile(arg) for arg in node.args]
        named = [(keyword.name, self.compile(keyword.value)) for keyword in node.keywords]

        def run(scope: Scope) -> Value:
            given = [arg(scope) for arg in args]
            keywords = {key: value(scope) for key, value in named}
            try:
                found = does(scope, *given, **keywords)
                if scope.meter is not None:
                    scope.meter.charge(_WORK_OF_A_CALL + (len(found) // 20 if isinstance(found, list) else 0))
                return found
            except ExpressionError as error:
                error.locate(span)
                raise
            except library_errors() as error:
                raise ExpressionError(f"`{name}` cannot be computed: {error}", span) from error

        return run

    def _default(self, node: tree.Filter) -> Run:
        _check(FILTERS[node.name], "filter", node.name, node.args, node.keywords, node.name_span)
        of = self.compile(node.of, soft=True)
        given = dict(zip(FILTERS[node.name].keywords, node.args, strict=False))
        given |= {keyword.name: keyword.value for keyword in node.keywords}
        literal = tree.Literal("", node.span, '""')
        other = self.compile(given.get("default_value", literal))
        empty_too = self.compile(given["boolean"]) if "boolean" in given else None

        def run(scope: Scope) -> Value:
            value = of(scope)
            if value is MISSING or (empty_too is not None and not value and empty_too(scope)):
                return other(scope)
            return value

        return run

    def _filter(self, node: tree.Filter, soft: bool) -> Run:
        name, span = node.name, node.name_span
        _check(FILTERS.get(name), "filter", name, node.args, node.keywords, span)
        if name not in OWN_FILTERS:
            library()
        of = self.compile(node.of)
        args = [self.compile(arg) for arg in node.args]
        named = [(keyword.name, self.compile(keyword.value)) for keyword in node.keywords]

        def run(scope: Scope) -> Value:
            value = of(scope)
            given = [arg(scope) for arg in args] if args else []
            keywords = {key: argument(scope) for key, argument in named} if named else {}
            try:
                found = apply_filter(scope, name, value, given, keywords)
            except ExpressionError as error:
                error.locate(span)
                raise
            if found is MISSING and not soft:
                raise ExpressionError(f"`{name}` finds nothing: {kind_of(value)} without items", span)
            return found

        return run

    def _test(self, node: tree.Test) -> Run:
        name, span, negated = node.name, node.name_span, node.negated
        _check(TESTS.get(name), "test", name, node.args, node.keywords, span)
        if name in _DEFINED:
            soft = self.compile(node.of, soft=True)
            wanted = _DEFINED[name] is not negated
            return lambda scope: (soft(scope) is not MISSING) is wanted
        of = self.compile(node.of)
        if name == "none":
            return lambda scope: (of(scope) is None) is not negated
        library()
        args = [self.compile(arg) for arg in node.args]
        named = [(keyword.name, self.compile(keyword.value)) for keyword in node.keywords]

        def run(scope: Scope) -> bool:
            value = of(scope)
            given = [arg(scope) for arg in args]
            keywords = {key: argument(scope) for key, argument in named}
            try:
                return apply_test(scope, name, value, given, keywords) is not negated
            except ExpressionError as error:
                error.locate(span)
                raise

        return run

    def _unary(self, node: tree.Unary) -> Run:
        operand, span, sign = self.compile(node.operand), node.span, node.operator
        if sign == "not":
            return lambda scope: not operand(scope)
        does = operator.neg if sign == "-" else operator.pos

        def run(scope: Scope) -> Value:
            value = operand(scope)
            try:
                return does(value)
            except TypeError:
                raise ExpressionError(f"`{sign}` needs a number, not {kind_of(value)}", span) from None

        return run

    def _binary(self, node: tree.Binary) -> Run:
        left, right, span, sign = self.compile(node.left), self.compile(node.right), node.span, node.operator
        match sign:
            case "and":
                return lambda scope: left(scope) and right(scope)
            case "or":
                return lambda scope: left(scope) or right(scope)
            case "~":
                return lambda scope: join(left(scope), right(scope), scope, span)
        return lambda scope: calculate(sign, left(scope), right(scope), scope, span)

    def _compare(self, node: tree.Compare) -> Run:
        first, span = self.compile(node.first), node.span
        rest = [(COMPARISONS[sign], sign, self.compile(right)) for sign, right in node.rest]
        if len(rest) == 1:
            return _comparison(first, *rest[0], span)

        def run(scope: Scope) -> bool:
            left = first(scope)
            for does, sign, compiled in rest:
                right = compiled(scope)
                charge_comparison(scope, left, right, span)
                try:
                    if not does(left, right):
                        return False
                except TypeError:
                    raise incomparable(sign, left, right, span) from None
                left = right
            return True

        return run

    def _conditional(self, node: tree.Conditional, soft: bool) -> Run:
        then, test = self.compile(node.then, soft), self.compile(node.test)
        if node.otherwise is not None:
            otherwise = self.compile(node.otherwise, soft)
        else:
            # Without `else` nothing is said, which is what a person who writes `{{ " again" if twice }}` means.
            nothing = MISSING if soft else None
            otherwise = lambda _: nothing  # noqa: E731 - one of two ways to get it
        return lambda scope: then(scope) if test(scope) else otherwise(scope)

    def _list(self, items: list[Run], span: Span) -> Run:
        def run(scope: Scope) -> Value:
            return _weighed([item(scope) for item in items], scope, span)

        return run

    def _dict(self, node: tree.DictOf) -> Run:
        span = node.span
        pairs = [(self.compile(key), key.span, self.compile(value)) for key, value in node.items]

        def run(scope: Scope) -> Value:
            found: dict[str, Value] = {}
            for key_of, key_span, value_of in pairs:
                key = key_of(scope)
                if not isinstance(key, str):
                    raise ExpressionError(f"a key is a text, not {kind_of(key)}", key_span)
                found[key] = value_of(scope)
            return _weighed(found, scope, span)

        return run


def _range(low: int, high: int, span: Span) -> Run:
    def run(_: Scope) -> Value:
        try:
            return budget.spread(low, high + 1)
        except ExpressionError as error:
            error.locate(span)
            raise

    return run


def _name(name: str, span: Span, soft: bool) -> Run:
    def run(scope: Scope) -> Value:
        try:
            variables = scope.variables
            return variables[name] if name in variables else scope.globals[name]
        except KeyError:
            if soft:
                return MISSING
            raise ExpressionError(f"there is no name `{name}`", span) from None

    return run


def _key(of: Run, source: str, key: str, span: Span, soft: bool) -> Run:
    def run(scope: Scope) -> Value:
        value = of(scope)
        if isinstance(value, dict) and key in value:
            return value[key]
        if soft:
            return MISSING
        raise _no_key(source, value, key, span)

    return run


def _no_key(source: str, value: Value, key: str, span: Span) -> ExpressionError:
    if isinstance(value, dict):
        return ExpressionError(f"`{source}` has no key `{key}`", span)
    return ExpressionError(f"`{source}` is {kind_of(value)}, so it has no key `{key}`", span)


def _source(node: Expr) -> str:
    """How the messages call what a key is looked up in."""
    match node:
        case tree.Name(name=name):
            return name
        case tree.Attribute(of=of, key=key):
            return f"{_source(of)}.{key}"
    return "this"


def _comparison(first: Run, does: Callable[[Value, Value], Value], sign: str, second: Run, span: Span) -> Run:
    def run(scope: Scope) -> bool:
        left, right = first(scope), second(scope)
        if scope.meter is not None:
            charge_comparison(scope, left, right, span)
        try:
            return bool(does(left, right))
        except TypeError:
            raise incomparable(sign, left, right, span) from None

    return run


def _weighed(value: list[Value] | dict[str, Value], scope: Scope, span: Span) -> Value:
    """A list or dict that was just made: one that holds others is weighed, since they may hold others in turn."""
    for item in value.values() if isinstance(value, dict) else value:
        if item.__class__ is list or item.__class__ is dict:
            try:
                if scope.meter is not None:
                    scope.meter.charge(weight(value, budget.MOST_WEIGHT))
                return budget.bounded(value, scope.text_limit)
            except ExpressionError as error:
                error.locate(span)
                raise
    return value


def _check(
    signature: Signature | None,
    what: str,
    name: str,
    args: tuple[Expr, ...],
    keywords: tuple[tree.Keyword, ...],
    span: Span,
) -> None:
    if signature is None:
        raise ExpressionError(f"there is no {what} `{name}`", span)
    wrong = signature.refuses(len(args), tuple(keyword.name for keyword in keywords))
    if wrong is not None:
        raise ExpressionError(wrong, span)
