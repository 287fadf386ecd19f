"""Jinja2's sandboxed environment, narrowed to values: no attributes, no methods, no globals.

It gives the filters and tests; trees are compiled by `evaluate`, and a differential test keeps both in step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS

REFUSED_FILTERS = frozenset({"attr", "random", "xmlattr", "safe", "mark_safe"})
"""Jinja2's filters that the language leaves out: they reach attributes, chance, or mark text as markup."""

REFUSED_TESTS = frozenset({"callable", "escaped", "filter", "test"})
"""Jinja2's tests that say something about Python, not about a value."""

LOOP_KEYS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})


def in_text(value: Any) -> Any:
    """How a value reads inside a text: none is empty, truth is written as the language writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


class ValueEnvironment(SandboxedEnvironment):
    """`a.b` and `a[b]` are keys and places of values; everything else is undefined, and undefined is an error."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, finalize=in_text, autoescape=False)
        self.globals.clear()
        for name in REFUSED_FILTERS:
            self.filters.pop(name, None)
        for name in REFUSED_TESTS:
            self.tests.pop(name, None)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key `attribute` of a dict, and nothing else."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in LOOP_KEYS:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            return obj
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The key of a dict, or the place in a list or text."""
        if isinstance(obj, Mapping | list | str | tuple):
            try:
                return obj[argument]  # type: ignore[index]
            except (LookupError, TypeError):
                return self.undefined(obj=obj, name=str(argument))
        if isinstance(obj, Undefined):
            return obj
        return self.undefined(obj=obj, name=str(argument))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Products and remainders, refused where they would blow up."""
        from flowengine.expressions.budget import product, remainder

        if operator == "*":
            return product(left, right, 10_000)
        if operator == "%":
            return remainder(left, right, 10_000)
        raise TypeError("`**` is not part of the language")


ENVIRONMENT = ValueEnvironment()
FILTER_NAMES = frozenset(JINJA_FILTERS) - REFUSED_FILTERS
TEST_NAMES = frozenset(JINJA_TESTS) - REFUSED_TESTS
