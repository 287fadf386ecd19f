"""Expressions and templates for tests, read by Jinja2's own parser: what is tested here is what comes after it."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, nodes

from flowengine.diagnostics import Span
from flowengine.expressions import tree
from flowengine.expressions.evaluate import Compiled, Scope, compile_expression, compile_template

_PARSER = Environment(autoescape=False)
_BINARY = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.And: "and",
    nodes.Or: "or",
}
_COMPARE = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
HERE = Span("test.flow", 1, 1, 1, 2)


class NotOursError(Exception):
    """A text is Jinja2, and no expression of the language."""


def template(source: str) -> tree.Template:
    """The tree of a template."""
    return tree.Template(_parts(_PARSER.parse(source).body), HERE)


def expression(source: str) -> tree.Expr:
    """The tree of an expression."""
    (output,) = _PARSER.parse("{{ " + source + " }}").body
    assert isinstance(output, nodes.Output)
    (value,) = output.nodes
    return _expr(value)


def compiled(source: str) -> Compiled:
    """The expression, compiled."""
    return compile_expression(expression(source))


def value(source: str, scope: Scope | None = None, **variables: Any) -> Any:
    """What an expression gives."""
    found = compiled(source)
    return found(scope or Scope(variables))


def text(source: str, scope: Scope | None = None, **variables: Any) -> str:
    """What a template gives."""
    found: str = compile_template(template(source))(scope or Scope(variables))
    return found


def _parts(body: list[nodes.Node]) -> tuple[tree.Part, ...]:
    parts: list[tree.Part] = []
    for node in body:
        match node:
            case nodes.Output():
                for piece in node.nodes:
                    if isinstance(piece, nodes.TemplateData):
                        parts.append(tree.Text(piece.data, HERE))
                    else:
                        parts.append(tree.Hole(_expr(piece), HERE))
            case nodes.If():
                branches = [(_expr(branch.test), _parts(branch.body)) for branch in [node, *node.elif_]]
                parts.append(tree.IfPart(tuple(branches), _parts(node.else_), HERE))
            case nodes.For():
                target = node.target
                names = target.items if isinstance(target, nodes.Tuple) else [target]
                if node.test is not None or node.recursive:
                    raise NotOursError("for … if")
                parts.append(
                    tree.ForPart(
                        tuple(_plain_name(name) for name in names),
                        _expr(node.iter),
                        _parts(node.body),
                        _parts(node.else_),
                        HERE,
                    )
                )
            case nodes.Assign():
                parts.append(tree.SetPart(_plain_name(node.target), _expr(node.node), HERE))
            case _:
                raise NotOursError(type(node).__name__)
    return tuple(parts)


def _plain_name(node: nodes.Node) -> tree.Name:
    if not isinstance(node, nodes.Name):
        raise NotOursError(type(node).__name__)
    return tree.Name(node.name, HERE)


def _expr(node: nodes.Node) -> tree.Expr:
    match node:
        case nodes.Const(value=value):
            return tree.Literal(value, HERE, repr(value))
        case nodes.TemplateData(data=data):
            return tree.Literal(data, HERE, repr(data))
        case nodes.Name():
            return _plain_name(node)
        case nodes.Getattr(node=of, attr=key):
            return tree.Attribute(_expr(of), key, HERE, HERE)
        case nodes.Getitem(node=of, arg=index):
            return tree.Item(_expr(of), _expr(index), HERE)
        case nodes.Call(node=nodes.Name() as function, dyn_args=None, dyn_kwargs=None):
            return tree.Call(_plain_name(function), *_arguments(node.args, node.kwargs), HERE)
        case nodes.Filter(node=nodes.Expr() as of, dyn_args=None, dyn_kwargs=None):
            return tree.Filter(_expr(of), node.name, *_arguments(node.args, node.kwargs), HERE, HERE)
        case nodes.Not(node=nodes.Test() as inner):
            found = _test(inner)
            return tree.Test(found.of, found.name, found.args, found.keywords, True, HERE, HERE)
        case nodes.Test(dyn_args=None, dyn_kwargs=None):
            return _test(node)
        case nodes.Not(node=operand):
            return tree.Unary("not", _expr(operand), HERE)
        case nodes.Neg(node=operand):
            return tree.Unary("-", _expr(operand), HERE)
        case nodes.Pos(node=operand):
            return tree.Unary("+", _expr(operand), HERE)
        case nodes.Concat(nodes=several):
            first, *others = [_expr(each) for each in several]
            for other in others:
                first = tree.Binary("~", first, other, HERE)
            return first
        case nodes.BinExpr() if type(node) in _BINARY:
            return tree.Binary(_BINARY[type(node)], _expr(node.left), _expr(node.right), HERE)
        case nodes.Compare(expr=first_node, ops=ops):
            rest = tuple((_COMPARE[operand.op], _expr(operand.expr)) for operand in ops)
            return tree.Compare(_expr(first_node), rest, HERE)
        case nodes.CondExpr():
            otherwise = None if node.expr2 is None else _expr(node.expr2)
            return tree.Conditional(_expr(node.expr1), _expr(node.test), otherwise, HERE)
        case nodes.List(items=items):
            return tree.ListOf(tuple(_expr(item) for item in items), HERE)
        case nodes.Dict(items=items):
            return tree.DictOf(tuple((_expr(pair.key), _expr(pair.value)) for pair in items), HERE)
    raise NotOursError(type(node).__name__)


def _test(node: nodes.Test) -> tree.Test:
    return tree.Test(_expr(node.node), node.name, *_arguments(node.args, node.kwargs), False, HERE, HERE)


def _arguments(args: list[nodes.Expr], keywords: list[Any]) -> tuple[tuple[tree.Expr, ...], tuple[tree.Keyword, ...]]:
    named = tuple(tree.Keyword(keyword.key, _expr(keyword.value), HERE) for keyword in keywords)
    return tuple(_expr(arg) for arg in args), named
