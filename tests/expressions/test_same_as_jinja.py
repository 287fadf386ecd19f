"""Expressions and templates give what Jinja2's sandboxed environment gives, for any of them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from flowengine.expressions import tree
from flowengine.expressions.evaluate import BudgetExceeded, ExpressionError, Scope, compile_expression
from flowengine.language.parser import parse_expression
from tests.expressions import reading
from tests.expressions.reference import Missing, Reference

REFERENCE = Reference()
VARIABLES: dict[str, Any] = {
    "i": 7,
    "z": 0,
    "f": 2.5,
    "s": "Ada Lovelace",
    "digits": "0451",
    "e": "",
    "t": True,
    "n": None,
    "l": [3, 1, 2],
    "m": ["b", "A", "c"],
    "mixed": [1, "1", None, True, 1.0],
    "d": {"k": "v", "items": [1, 2], "deep": {"er": [10, 20]}},
    "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 1, "b": "z"}],
}
LITERALS = ["0", "1", "-3", "2.5", '"a"', '"x y"', '""', '"7"', "true", "false", "none", "[]", "[1, 2]", '{"k": 1}']
FILTERS = [
    *("abs", "capitalize", "center(15)", "count", 'default("other")', 'default("other", true)', "d(0)", "dictsort"),
    *("escape", "filesizeformat", "first", "float", "float(1.5)", "float(default=2)", 'groupby("a")', "indent(2)"),
    *("int", "int(5)", "int(base=16)", "items", "join", 'join("-")', "last", "length", "list", "lower", 'map("upper")'),
    *(
        'map("int")',
        'map(attribute="a")',
        'map("default", 1)',
        "max",
        "min",
        'reject("odd")',
        'rejectattr("a", "eq", 1)',
    ),
    *('replace("a", "o")', 'replace("a", "o", 1)', "reverse", "round", "round(1)", 'round(method="floor")', "safe"),
    *('select("odd")', 'select("none")', 'selectattr("a", "eq", 1)', "slice(2)", "batch(2)", 'batch(2, "-")', "sort"),
    *("sort(reverse=true)", 'sort(attribute="a")', "string", "striptags", "sum", 'sum(attribute="a")', "title"),
    *("tojson", "trim", "truncate(5)", "unique", "upper", "urlencode", "wordcount", "wordwrap(3)"),
]
TESTS = [
    *("boolean", "defined", "undefined", "divisibleby(3)", "even", "odd", "false", "true", "float", "integer", "lower"),
    *("iterable", "mapping", "none", "number", "sequence", "string", "upper", "eq(1)", "ne(1)", "lt(2)", "ge(2)"),
    *("in([1, 2])", "sameas(true)", "filter", "test", "callable", "escaped", 'equalto("a")'),
]

SIGNS = ["+", "-", "*", "/", "//", "%", "~", "and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in"]
LEAVES = [*VARIABLES, *LITERALS, "d.k", "d.items", "d.deep.er[1]", "l[0]", "m[-1]", "missing", "d.no", "rows[0].b"]
PIECES = [
    *("text ", "ä\n", "{{ i }}", "{{ x | default('-') }}", "{{ loop.index | default('?') }}"),
    *("{{ loop.first }}{{ loop.last }}{{ loop.length }}", "{{ loop.revindex0 + loop.index0 }}"),
]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """The text of an expression, of that depth at most."""
    pick = lambda choices: draw(st.sampled_from(choices))  # noqa: E731 - short, for what follows
    inner = lambda: draw(expressions(depth - 1))  # noqa: E731
    match pick(range(12)) if depth else 0:
        case 0 | 1:
            return str(pick(LEAVES))
        case 2:
            return f"{inner()} {pick(SIGNS)} {inner()}"
        case 3:
            return f"({inner()} {pick(SIGNS)} {inner()})"
        case 4:
            return f"({inner()}) | {pick(FILTERS)}"
        case 5:
            return f"{pick(LEAVES)} | {pick(FILTERS)} | {pick(FILTERS)}"
        case 6:
            return f"({inner()} is {pick(['', 'not '])}{pick(TESTS)})"
        case 7:
            return f"({pick(['not', '-', '+'])} ({inner()}))"
        case 8:
            return f"({inner()} if {inner()} else {inner()})"
        case 9:
            return f"[{inner()}, {inner()}]"
        case 10:
            return f'{{"a": {inner()}, "b": {inner()}}}'
        case _:
            return f"({inner()} {pick(['<', '<=', '=='])} {inner()} {pick(['<', '!=', 'in'])} {inner()})"


@st.composite
def templates(draw: st.DrawFn, depth: int = 3) -> str:
    """The text of a template, whose blocks are nested that deep at most."""
    pick = lambda choices: draw(st.sampled_from(choices))  # noqa: E731 - short, for what follows
    inner = lambda: draw(templates(depth - 1))  # noqa: E731
    value = lambda: draw(expressions(2))  # noqa: E731
    match pick(range(7)) if depth else 0:
        case 0:
            return str(pick(PIECES))
        case 1:
            return f"{{{{ {value()} }}}}"
        case 2:
            return inner() + inner()
        case 3:
            branches = f"{{% if {value()} %}}{inner()}{{% elif {value()} %}}{inner()}"
            return f"{branches}{{% else %}}{inner()}{{% endif %}}"
        case 4:
            return f"{{% set {pick(['x', 'i', 's'])} = {value()} %}}{inner()}"
        case 5:
            of = pick(["l", "m", "[]", "s", "rows", "range(3)", "d"])
            return f"{{% for {pick(['x', 'i'])} in {of} %}}{inner()}{{% else %}}{inner()}{{% endfor %}}"
        case _:
            return f"{{% for k, v in d | dictsort %}}{{{{ k }}}}{inner()}{{% endfor %}}"


def _same(source: str, *, as_text: bool) -> None:
    Missing.made = 0
    expected: Any = None
    failed: Exception | None = None
    try:
        expected = REFERENCE.render(source, VARIABLES) if as_text else REFERENCE.evaluate(source, VARIABLES)
    except AssertionError:
        assume(False)
    except Exception as error:  # whatever it is: ours has to refuse it too
        failed = error
    try:
        found = reading.text(source, **VARIABLES) if as_text else reading.value(source, **VARIABLES)
    except BudgetExceeded:
        assume(False)
    except ExpressionError as error:
        # Jinja2 lets what is missing travel as far as it is not used; for us it is an error where it is named.
        strict = Missing.made > 0 or "not a number that can be kept" in error.message
        if failed is None and not strict:
            pytest.fail(f"ours refuses {source!r}: {error}; Jinja2 gives {expected!r}")
        return
    assert failed is None, f"Jinja2 refuses {source!r}: {failed!r}; ours gives {found!r}"
    if isinstance(expected, float) and math.isnan(expected):
        return
    assert (found, type(found)) == (expected, type(expected)), source


@given(expressions())
@example("1 ~ 2 * 3")
@example("not i in l")
@example("'%s-%05.1f' % s")
def test_every_expression(source: str) -> None:
    _same(source, as_text=False)


def _outcome(expr: tree.Expr) -> Any:
    try:
        return compile_expression(expr)(Scope(VARIABLES))
    except ExpressionError as error:
        return type(error), error.message


@given(expressions())
def test_every_expression_as_the_language_s_own_parser_reads_it(source: str) -> None:
    found, expected = _outcome(parse_expression(source)), _outcome(reading.expression(source))
    assert (found, type(found)) == (expected, type(expected))


@given(templates())
@example("{% set x = 1 %}{% for y in l %}{{ x }}{% set x = y %}{% endfor %}{{ x }}")
@example("{% for i in l %}{% if loop.first %}{% set s = i %}{% endif %}{{ s }}{% endfor %}{{ s }}{{ i }}")
@example("{% if n %}{% set i = 1 %}{% else %}{{ i }}{% endif %}{{ i }}")
@example("{% for x in l %}{% for x in m %}{{ x }}{{ loop.index }}{% endfor %}{{ x }}{{ loop.index }}{% endfor %}")
def test_every_template(source: str) -> None:
    _same(source, as_text=True)


@pytest.mark.parametrize("filter_", FILTERS)
@pytest.mark.parametrize("name", VARIABLES)
def test_every_filter_of_every_kind_of_value(name: str, filter_: str) -> None:
    _same(f"{name} | {filter_}", as_text=False)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("name", [*VARIABLES, "missing"])
def test_every_test_of_every_kind_of_value(name: str, test: str) -> None:
    _same(f"{name} is {test}", as_text=False)


def test_a_scope_is_left_as_it_was() -> None:
    variables = {"x": [1, 2]}
    scope = Scope(variables)
    assert reading.text("{% set y = 3 %}{% for x in x %}{{ x + y }}{% endfor %}", scope) == "45"
    assert scope.variables == {"x": [1, 2]}
