"""Expressions group as Jinja2 groups them: thousands of expressions, read by both parsers, give one tree."""

import random
from typing import Any

import pytest
from jinja2 import Environment, TemplateSyntaxError, nodes

from flowengine.expressions import tree
from flowengine.expressions.tree import Expr
from flowengine.language.builder import RESERVED
from flowengine.language.parser import parse_expression

ENVIRONMENT = Environment(autoescape=False)

BINARY = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.And: "and",
    nodes.Or: "or",
}
COMPARED = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
PREFIX = {nodes.Neg: "-", nodes.Pos: "+", nodes.Not: "not"}

Shape = Any
"""Nested tuples that say how an expression groups."""


def shape_of_ours(node: Expr | tree.Keyword) -> Shape:
    match node:
        case tree.Literal(value=value):
            return value
        case tree.Name(name=name):
            return ("name", name)
        case tree.Attribute(of=of, key=key):
            return ("attribute", shape_of_ours(of), key)
        case tree.Item(of=of, index=index):
            return ("item", shape_of_ours(of), shape_of_ours(index))
        case tree.Keyword(name=name, value=value):
            return (name, shape_of_ours(value))
        case tree.Call(function=function, args=args, keywords=keywords):
            return ("call", function.name, *map(shape_of_ours, (*args, *keywords)))
        case tree.Filter(of=of, name=name, args=args, keywords=keywords):
            return ("filter", name, *map(shape_of_ours, (of, *args, *keywords)))
        case tree.Test(of=of, name=name, args=args, keywords=keywords, negated=negated):
            tested = ("test", name, *map(shape_of_ours, (of, *args, *keywords)))
            return ("not", tested) if negated else tested
        case tree.Unary(operator=operator, operand=operand):
            return (operator, shape_of_ours(operand))
        case tree.Binary(operator=operator, left=left, right=right):
            return (operator, shape_of_ours(left), shape_of_ours(right))
        case tree.Compare(first=first, rest=rest):
            return ("compare", shape_of_ours(first), *((sign, shape_of_ours(right)) for sign, right in rest))
        case tree.Conditional(then=then, test=test, otherwise=otherwise):
            other = None if otherwise is None else ("else", shape_of_ours(otherwise))
            return ("if", shape_of_ours(test), shape_of_ours(then), other)
        case tree.ListOf(items=items):
            return ["list", *map(shape_of_ours, items)]
        case tree.DictOf(items=pairs):
            return ["dict", *((shape_of_ours(key), shape_of_ours(value)) for key, value in pairs)]
    raise AssertionError(f"no such expression can be generated: {node}")


def shape_of_theirs(node: nodes.Node) -> Shape:
    match node:
        case nodes.Const():
            return node.value
        case nodes.Name():
            return ("name", node.name)
        case nodes.Getattr():
            return ("attribute", shape_of_theirs(node.node), node.attr)
        case nodes.Getitem():
            return ("item", shape_of_theirs(node.node), shape_of_theirs(node.arg))
        case nodes.Keyword():
            return (node.key, shape_of_theirs(node.value))
        case nodes.Call():
            assert isinstance(node.node, nodes.Name)
            return ("call", node.node.name, *map(shape_of_theirs, (*node.args, *node.kwargs)))
        case nodes.Filter() | nodes.Test():
            assert node.node is not None
            kind = "filter" if isinstance(node, nodes.Filter) else "test"
            return (kind, node.name, *map(shape_of_theirs, (node.node, *node.args, *node.kwargs)))
        case nodes.Neg() | nodes.Pos() | nodes.Not():
            return (PREFIX[type(node)], shape_of_theirs(node.node))
        case nodes.Concat():
            first, *rest = map(shape_of_theirs, node.nodes)
            for right in rest:
                first = ("~", first, right)
            return first
        case nodes.Compare():
            rest = ((COMPARED[operand.op], shape_of_theirs(operand.expr)) for operand in node.ops)
            return ("compare", shape_of_theirs(node.expr), *rest)
        case nodes.CondExpr():
            other = None if node.expr2 is None else ("else", shape_of_theirs(node.expr2))
            return ("if", shape_of_theirs(node.test), shape_of_theirs(node.expr1), other)
        case nodes.List():
            return ["list", *map(shape_of_theirs, node.items)]
        case nodes.Dict():
            return ["dict", *((shape_of_theirs(pair.key), shape_of_theirs(pair.value)) for pair in node.items)]
        case nodes.BinExpr():
            return (BINARY[type(node)], shape_of_theirs(node.left), shape_of_theirs(node.right))
    raise AssertionError(f"the language has no {type(node).__name__}")


def theirs(text: str) -> nodes.Node:
    output = ENVIRONMENT.parse("{{ " + text + " }}").body[0]
    assert isinstance(output, nodes.Output)
    return output.nodes[0]


def reads_a_reserved_word(node: nodes.Node) -> bool:
    """Whether Jinja2 took a word such as `if` for a name, as in `a is defined if b`: in the language it never is."""
    return any(found.name in RESERVED for found in node.find_all(nodes.Name))


class Generator:
    """Makes expressions with as few parentheses as chance gives them: how they group is for the parsers to say."""

    ATOMS = ("a", "b.c", "d[0]", "e.if.not", "f(1)", "f(a, k=b)", "1", "2.5", '"x"', "'y'", "true", "none", "[a, 1]")
    SIGNS = ("+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or")
    FILTERS = ("upper", "join(', ')", "default(a or b, boolean=true)")
    TESTS = ("defined", "not none", "divisibleby 3", "divisibleby(3)", "not sameas b.c", "in [1, 2]", "eq f(1)")

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def expression(self, depth: int) -> str:
        if depth == 0:
            return self.chance.choice(self.ATOMS)
        sub = depth - 1
        kind = self.chance.randrange(14)
        if kind < 6:
            return f"{self.expression(sub)} {self.chance.choice(self.SIGNS)} {self.expression(sub)}"
        if kind == 6:
            return f"{self.chance.choice(('-', '+', 'not ', '- '))}{self.expression(sub)}"
        if kind == 7:
            return f"{self.expression(sub)} | {self.chance.choice(self.FILTERS)}"
        if kind == 8:
            return f"{self.expression(sub)} is {self.chance.choice(self.TESTS)}"
        if kind == 9:
            return f"{self.expression(sub)} if {self.expression(sub)} else {self.expression(sub)}"
        if kind == 10:
            return f"{self.expression(sub)} if {self.expression(sub)}"
        if kind == 11:
            return f"({self.expression(sub)})"
        if kind == 12:
            return f"[{self.expression(sub)}, {self.expression(sub)}][0]"
        return f"{{'k': {self.expression(sub)}, {self.expression(sub)}: 1,}}.k"


@pytest.mark.parametrize("seed", range(20))
def test_generated_expressions_group_as_in_jinja2(seed: int) -> None:
    generator = Generator(seed)
    compared = 0
    while compared < 200:
        text = generator.expression(generator.chance.randrange(1, 5))
        try:
            expected = theirs(text)
        except TemplateSyntaxError:  # `not` within a sum, for example
            continue
        if reads_a_reserved_word(expected):
            continue
        compared += 1
        assert shape_of_ours(parse_expression(text)) == shape_of_theirs(expected), text


@pytest.mark.parametrize(
    "text",
    [
        "-a | abs",
        "-a.b[0]",
        "- -a",
        "not a == b",
        "not not a",
        "not a in b",
        "a not in b in c",
        "1 < a <= b != c",
        "a + b ~ c + d",
        "a ~ b * c ~ d",
        "a - b - c",
        "a / b // c % d * e",
        "a and b or c and d",
        "a is divisibleby 3 + 1",
        "a is divisibleby(3) and b",
        "a is not none or b is none",
        "a + b is number",
        "-1 is number",
        "a if b else c if d else e",
        "a if b",
        "a if b if c",
        "(a if b else c) | upper",
        "a if b else c | upper",
        "a | f | g(1)",
        "a | f + b",
        "a.b.c[d.e][0].f",
        "f(a)[0].b",
        "f(a, b=c if d else e)",
        "'x'.y",
        "[1, [2, 3],]",
        "{'a': {'b': 1}}",
        "a is in [1]",
        "a in b is defined",
    ],
)
def test_chosen_expressions_group_as_in_jinja2(text: str) -> None:
    assert shape_of_ours(parse_expression(text)) == shape_of_theirs(theirs(text))


@pytest.mark.parametrize(
    "text",
    [
        "a ** b",
        "a[1:2]",
        "a[:]",
        "a, b",
        "(a, b)",
        "()",
        "a.b()",
        "f()()",
        "a[0]()",
        "f(*a)",
        "f(**a)",
        "a.0",
        "lambda: 1",
        "a := b",
        "a == ",
        "",
        "a b",
        "a.",
        ".a",
        "a[]",
        "f(a b)",
        "f(k=1, 2)",
        "{a}",
        "[,]",
        "a if",
        "is a",
        "1 2",
        "a = b",
        "a && b",
        "!a",
        "a ? b : c",
        "5sec",
        "1..5",
        "f (1)",
        "a [0]",
        "a .b",
        "if",
        "set",
        "x.y | f.g",
    ],
)
def test_what_the_language_leaves_out_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_expression(text)
