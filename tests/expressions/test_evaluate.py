"""What is known of an expression before it is evaluated, and what a template does with its parts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from flowengine.diagnostics import Span
from flowengine.expressions import tree
from flowengine.expressions.evaluate import (
    MISSING,
    ExpressionError,
    Scope,
    compile_case,
    compile_expression,
    compile_template,
    compile_value,
    loosely_equal,
)
from tests.expressions import reading
from tests.expressions.reading import HERE


@pytest.mark.parametrize(
    ("source", "reads", "taints"),
    [
        ("1 + 2", "", ""),
        ("pin", "pin", "pin"),
        ("pin.part[i]", "pin i", "pin i"),
        ("pin == other", "pin other", ""),
        ("pin in [a, b]", "pin a b", ""),
        ("1 < pin < 2", "pin", ""),
        ("pin is defined", "pin", ""),
        ("pin is eq other", "pin other", ""),
        ("not pin", "pin", ""),
        ("-pin", "pin", "pin"),
        ("pin and pin == 1", "pin", "pin"),
        ("pin == 1 or other == 2", "pin other", ""),
        ("pin ~ 1", "pin", "pin"),
        ("pin | length", "pin", "pin"),
        ("name | replace(pin, new=other)", "name pin other", "name pin other"),
        ("a if pin == 1 else b", "a b pin", "a b"),
        ("a if pin else b", "a b pin", "a b"),
        ("[pin, a == b]", "pin a b", "pin"),
        ('{"k": pin, "l": a is none}', "pin a", "pin"),
        ('open("office")', "", ""),
        ("open(which)", "which", "which"),
        ("range(low, high)", "low high", "low high"),
    ],
)
def test_names_of_an_expression(source: str, reads: str, taints: str) -> None:
    compiled = reading.compiled(source)
    assert compiled.reads == frozenset(reads.split())
    assert compiled.taints == frozenset(taints.split())


@pytest.mark.parametrize(
    ("source", "reads", "taints"),
    [
        ("plain", "", ""),
        ("{{ pin }} and {{ other }}", "pin other", "pin other"),
        ("{{ pin == other }}", "pin other", ""),
        ("{% if pin == 1 %}{{ a }}{% elif b %}{{ c }}{% else %}{{ d }}{% endif %}", "pin a b c d", "a c d"),
        ("{% set x = pin %}{{ x }}", "pin", "pin"),
        ("{% set x = pin == 1 %}{{ x }}", "pin", ""),
        ("{% set x = pin %}{{ x == 1 }}", "pin", ""),
        ("{% set x = pin %}{% set y = x | upper %}{{ y }}", "pin", "pin"),
        ("{{ x }}{% set x = 1 %}", "x", "x"),
        ("{% if a %}{% set x = 1 %}{% endif %}{{ x }}", "a x", "x"),
        ("{% if a %}{% set x = 1 %}{% else %}{% set x = pin %}{% endif %}{{ x }}", "a pin", "pin"),
        ("{% for x in list %}{{ x }}{{ loop.index }}{% endfor %}", "list", "list"),
        ("{% for k, v in list %}{{ v ~ other }}{% else %}{{ none_left }}{% endfor %}", "list other none_left", None),
        ("{% for x in list %}{% set y = pin %}{% endfor %}{{ y }}", "list pin y", "list y"),
        ("{% for x in pin %}.{% endfor %}", "pin", "pin"),
        ("{{ loop.index }}", "loop", "loop"),
    ],
)
def test_names_of_a_template(source: str, reads: str, taints: str | None) -> None:
    compiled = compile_template(reading.template(source))
    assert compiled.reads == frozenset(reads.split())
    assert compiled.taints == frozenset((reads if taints is None else taints).split())


@pytest.mark.parametrize(
    ("source", "constant"),
    [
        ("1 + 2", 3),
        ('"a" ~ 1', "a1"),
        ("[1, [2]]", [1, [2]]),
        ('"abc" | upper', "ABC"),
        ("range(3)", [0, 1, 2]),
        ("none", None),
        ("x", MISSING),
        ("[x]", MISSING),
        ("1 | number", MISSING),
        ('[1] | map("number")', MISSING),
        ('"2026-01-05" | day', MISSING),
        ('open("office")', MISSING),
        ("1 / 0", MISSING),
        ("missing is defined", MISSING),
        ("range(1000000)", MISSING),
    ],
)
def test_constants(source: str, constant: Any) -> None:
    assert reading.compiled(source).constant == constant


def test_a_constant_text() -> None:
    compiled = compile_template(reading.template("Hello, <b>you</b>."), escape=escape)
    assert compiled.constant == compiled(Scope({})) == "Hello, <b>you</b>."
    assert compile_template(tree.Template((), HERE)).constant == ""
    assert compile_template(reading.template('{{ "a" ~ 1 }}')).constant == "a1"


def test_what_is_put_in_is_escaped_and_what_stands_there_is_not() -> None:
    spoken = compile_template(reading.template("<speak>{{ name }}{{ name | safe }}{{ n }}</speak>"), escape=escape)
    assert spoken(Scope({"name": "<b>&", "n": None})) == "<speak>&lt;b&gt;&amp;&lt;b&gt;&amp;</speak>"
    url = compile_template(
        reading.template("https://a.example/{% for x in l %}{{ x }}/{% endfor %}?q={{ q }}"),
        escape=lambda text: quote(text, safe=""),
    )
    assert url(Scope({"l": ["a/b", 1], "q": "ä&b=c"})) == "https://a.example/a%2Fb/1/?q=%C3%A4%26b%3Dc"


def test_templates_inside_a_list_or_dict_are_rendered_and_strings_are_not() -> None:
    argument = tree.DictOf(
        (
            (tree.Literal("rendered", HERE, ""), reading.template("Hi {{ name }}")),
            (tree.Literal("plain", HERE, ""), tree.Literal("Hi {{ name }}", HERE, "")),
            (tree.Literal("deep", HERE, ""), tree.ListOf((reading.template("{{ 1 }}"), tree.Name("name", HERE)), HERE)),
        ),
        HERE,
    )
    compiled = compile_value(argument)
    assert compiled(Scope({"name": "Ada"})) == {"rendered": "Hi Ada", "plain": "Hi {{ name }}", "deep": ["1", "Ada"]}
    assert compiled.reads == {"name"}


def test_variables_come_before_globals() -> None:
    scope = Scope({"a": 1, "n": None}, globals={"a": 2, "b": 3, "n": 4})
    assert reading.value("[a, b, n]", scope) == [1, 3, None]


def test_durations_and_ranges_are_numbers() -> None:
    assert compile_expression(tree.Duration(0.5, HERE, "500ms"))(Scope({})) == 0.5
    assert compile_expression(tree.Range(4, 8, HERE))(Scope({})) == [4, 5, 6, 7, 8]
    with pytest.raises(ExpressionError) as caught:
        compile_expression(tree.Range(0, 10**9, HERE))(Scope({}))
    assert caught.value.span == HERE


@pytest.mark.parametrize(
    ("value", "candidate", "equal"),
    [
        (1, 1, True),
        ("1", 1, True),
        (1, "1", True),
        ("01", 1, False),
        ("1.0", 1, False),
        ("2.5", 2.5, True),
        ("a", "a", True),
        ("a", "A", False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        ("true", True, False),
        (None, None, True),
        (None, "", False),
        ("", 0, False),
        ([1, "a"], [1, "a"], True),
        ({"k": 1}, {"k": 2}, False),
    ],
)
def test_loosely_equal(value: Any, candidate: Any, equal: bool) -> None:
    assert loosely_equal(value, candidate) is equal


@pytest.mark.parametrize(
    ("value", "equal"),
    [
        *(
            (4, True),
            ("8", True),
            (9, False),
            ("3", False),
            (4.5, False),
            (5.0, True),
            ("05", False),
            ("\u0665", False),
        ),
        *((True, False), (None, False), ("", False), ("9" * 5000, False), ([5], False)),
    ],
)
def test_a_range_is_each_of_its_numbers(value: Any, equal: bool) -> None:
    case = compile_case(tree.Range(4, 8, HERE))
    assert case.constant == range(4, 9)
    assert loosely_equal(value, case(Scope({}))) is equal


def test_a_range_of_extensions_is_not_written_out() -> None:
    assert loosely_equal("123456789", compile_case(tree.Range(0, 10**12, HERE))(Scope({})))


def test_a_case_may_be_any_expression() -> None:
    assert compile_case(reading.expression("a + 1"))(Scope({"a": 1})) == 2


def _at(column: int, width: int = 1) -> Span:
    return Span("test.flow", 1, column, 1, column + width)


NAME = tree.Name("nobody", _at(5, 6))
NUMBER = tree.Literal(1, _at(1), "1")
TEXT = tree.Literal("a", _at(30), '"a"')


@pytest.mark.parametrize(
    ("expr", "span"),
    [
        (NAME, _at(5, 6)),
        (tree.Binary("+", NUMBER, NAME, _at(1, 20)), _at(5, 6)),
        (tree.Binary("+", NUMBER, TEXT, _at(1, 20)), _at(1, 20)),
        (tree.Compare(NUMBER, (("<", TEXT),), _at(1, 20)), _at(1, 20)),
        (tree.Attribute(NUMBER, "k", _at(1, 9), _at(8)), _at(8)),
        (tree.Item(NUMBER, NUMBER, _at(1, 9)), _at(1, 9)),
        (tree.Filter(TEXT, "number", (), (), _at(1, 40), _at(33, 6)), _at(33, 6)),
        (tree.Filter(NAME, "upper", (), (), _at(1, 40), _at(33, 6)), _at(5, 6)),
        (tree.Test(TEXT, "odd", (), (), False, _at(1, 40), _at(36, 3)), _at(36, 3)),
        (tree.Call(tree.Name("open", _at(1, 4)), (TEXT,), (), _at(1, 9)), _at(1, 9)),
        (tree.Unary("-", TEXT, _at(1, 9)), _at(1, 9)),
        (tree.Template((tree.Text("a", _at(2)), tree.Hole(NAME, _at(3, 12))), _at(1, 20)), _at(5, 6)),
    ],
)
def test_errors_point_at_the_part_that_failed(expr: tree.Expr, span: Span) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expr)(Scope({}))
    assert caught.value.span == span


TEMPLATES = [
    ("{{ none }}|{{ true }}|{{ false }}|{{ 3 }}|{{ 2.5 }}|{{ [1, 'a'] }}", "|true|false|3|2.5|[1, 'a']"),
    ("{% if a %}yes{% else %}no{% endif %}", "yes"),
    ("{% if not a %}A{% elif 1 > 2 %}B{% else %}C{% endif %}", "C"),
    ("{% if not a %}A{% endif %}", ""),
    ("{% for x in l %}{{ loop.index }}{{ x }}{{ '' if loop.last else ',' }}{% endfor %}", "1x,2y"),
    ("{% for x in l %}{{ loop.index0 }}{{ loop.first }}{{ loop.length }} {% endfor %}", "0true2 1false2 "),
    ("{% for x in l %}{{ loop.revindex }}{{ loop.revindex0 }} {% endfor %}", "21 10 "),
    ("{% for x in [] %}{{ x }}{% else %}empty{% endfor %}", "empty"),
    ("{% for k, v in d %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;"),
    ("{% for k, v in d | items %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;"),
    ("{% for k in d %}{{ k }}{% endfor %}", "ab"),
    ("{% for a, b, c in [[1, 2, 3]] %}{{ a + b + c }}{% endfor %}", "6"),
    ("{% for c in 'abc' %}{{ c }}-{% endfor %}", "a-b-c-"),
    ("{% set t = 1 + 2 %}{{ t }}{% set t = t + 1 %}{{ t }}", "34"),
    ("{% for x in l %}{% set t = x %}{% endfor %}{{ t | default('unset') }}", "unset"),
    ("{% for x in l %}{% for y in l %}{{ x }}{{ y }} {% endfor %}{% endfor %}", "xx xy yx yy "),
]


@pytest.mark.parametrize(("source", "expected"), TEMPLATES)
def test_template(source: str, expected: str) -> None:
    assert reading.text(source, a=True, l=["x", "y"], d={"a": 1, "b": 2}) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% for x in 5 %}{% endfor %}", "`for` goes through a list, a dict or a text, not a number"),
        ("{% for x in none %}{% endfor %}", "`for` goes through a list, a dict or a text, not none"),
        ("{% for a, b in [1] %}{% endfor %}", "an item cannot be parted into 2 names"),
        ("{% for a, b in [[1, 2, 3]] %}{% endfor %}", "an item cannot be parted into 2 names"),
        ("{% for x in [1] %}{% endfor %}{{ x }}", "there is no name `x`"),
        ("{{ loop.index }}", "there is no name `loop`"),
        ("{% if false %}{% set y = 1 %}{% endif %}{{ y }}", "there is no name `y`"),
    ],
)
def test_a_template_that_cannot_be_rendered(source: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        reading.text(source)
    assert caught.value.message == message
    assert caught.value.span is not None
