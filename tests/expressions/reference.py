"""Jinja2's sandboxed environment with the few rules of the language, written down a second time: ours is held to it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

_LOOP = {"index", "index0", "revindex", "revindex0", "first", "last", "length"}
_OF_TEXT = [
    *("capitalize", "center", "escape", "indent", "lower", "replace", "string", "striptags", "title", "trim"),
    *("truncate", "upper", "wordcount", "urlencode", "wordwrap", "safe"),
]


class Missing(StrictUndefined):
    """Counts how often something was missing."""

    made = 0

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        type(self).made += 1


def spoken(value: Any) -> Any:
    """None is empty in a text, truth is small."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


class _Generator(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        self.write("''.join(str(environment.finalize(piece)) for piece in (")
        for piece in node.nodes:
            self.visit(piece, frame)
            self.write(", ")
        self.write("))")

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        # What Jinja2 computes ahead it computes by the nodes' own rules, past `visit_Concat`.
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


class Reference(SandboxedEnvironment):
    """`a.b` is the key `b`, and nothing has an attribute."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"*", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=Missing, finalize=spoken, autoescape=False, cache_size=0, optimized=False)
        self.globals = {"range": lambda *numbers: list(range(*numbers))}
        for name, function in self.filters.items():
            self.filters[name] = _of_values(function, of_text=name in _OF_TEXT, of_texts=name == "join")

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Missing):
            return obj
        if isinstance(obj, dict | list | str) and not isinstance(argument, bool):
            try:
                return obj[argument]  # type: ignore[call-overload, index]
            except (LookupError, TypeError):
                pass
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "*" and isinstance(left, int) != isinstance(right, int):
            assert abs(left if isinstance(left, int) else right) < 10**6, "no such product in these tests"
        return super().call_binop(context, operator, left, right)

    def evaluate(self, source: str, variables: dict[str, Any]) -> Any:
        """The value of an expression, as what JSON can hold."""
        return plain(self.compile_expression(source, undefined_to_none=False)(**variables))

    def render(self, source: str, variables: dict[str, Any]) -> str:
        """The text of a template."""
        return self.from_string(source).render(**variables)


def plain(value: Any, *, strict: bool = True) -> Any:
    """Jinja2's own types as values; when strict, fails on what is missing, at any depth."""
    if isinstance(value, Missing) and strict:
        raise LookupError(str(value._undefined_message))
    if isinstance(value, Markup):
        return str(value)
    if isinstance(value, list | tuple | Iterator):
        return [plain(item, strict=strict) for item in value]
    if isinstance(value, dict):
        return {key: plain(item, strict=strict) for key, item in value.items()}
    return value


def _of_values(function: Callable[..., Any], *, of_text: bool, of_texts: bool) -> Callable[..., Any]:
    """The filter with none and truth as texts have them, and a result that is no generator."""
    place = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)
    def filtered(*args: Any, **named: Any) -> Any:
        value = args[place]
        if of_text and not isinstance(value, list | dict):
            value = str(spoken(value))
        if of_texts:
            value = [spoken(item) for item in value]
        return plain(function(*args[:place], value, *args[place + 1 :], **named), strict=False)

    return filtered
