"""Jinja2's sandboxed environment, narrowed to values: no attributes, no methods, no globals.

It gives the filters and tests; expressions and templates are compiled by `evaluate`, and a differential test keeps both
in step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from jinja2 import StrictUndefined
from jinja2.nodes import EvalContext
from jinja2.runtime import Undefined
from jinja2.sandbox import SandboxedEnvironment

from flowengine.expressions.scope import Scope, work_of
from flowengine.expressions.values import in_text

REFUSED_FILTERS = frozenset({"attr", "random"})
"""Jinja2's filters that the language leaves out: one reaches attributes, the other rolls dice."""


class ValueEnvironment(SandboxedEnvironment):
    """`a.b` and `a[b]` are keys and places of values; everything else is undefined, and undefined is an error."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, finalize=in_text, autoescape=False)
        self.globals.clear()
        for name in REFUSED_FILTERS:
            del self.filters[name]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key `attribute` of a dict, and nothing else."""
        return self.getitem(obj, attribute) if isinstance(obj, Mapping | Undefined) else self._nothing(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The key of a dict, or the place in a list or text."""
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, Mapping | list | tuple | str) and not isinstance(argument, bool):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return self._nothing(obj, argument)

    def _nothing(self, obj: Any, argument: Any) -> Undefined:
        return self.undefined(obj=obj, name=str(argument))

    def call_filter(
        self,
        name: str,
        value: Any,
        args: Any = None,
        kwargs: Any = None,
        context: Any = None,
        eval_ctx: EvalContext | None = None,
    ) -> Any:
        """A filter that another one applies, as `map("upper")` does."""
        if isinstance(context, Reading) and context.apply is not None:
            return context.apply(context.scope, name, value, list(args or ()), dict(kwargs or {}))
        return super().call_filter(name, value, args, kwargs, context, eval_ctx)

    def call_test(
        self,
        name: str,
        value: Any,
        args: Any = None,
        kwargs: Any = None,
        context: Any = None,
        eval_ctx: EvalContext | None = None,
    ) -> Any:
        """A test, whose work is counted: `select` asks it of every item."""
        if isinstance(context, Reading) and context.scope.meter is not None:
            context.scope.meter.charge(work_of(value) + sum(work_of(argument) for argument in args or ()))
        return super().call_test(name, value, args, kwargs, context, eval_ctx)

    def call_jinja_filter(self, name: str, value: Any, args: list[Any], kwargs: dict[str, Any], context: Any) -> Any:
        """A filter of Jinja2, as it is; those that it applies in its turn go the way of `context`."""
        return super().call_filter(name, value, args, kwargs, context)


ENVIRONMENT = ValueEnvironment()

Apply = Callable[[Scope, str, Any, list[Any], dict[str, Any]], Any]
"""How a filter is applied: scope, name, value, arguments, keywords."""


class Reading:
    """The part of Jinja2's render context that its filters ask for.

    `apply` is for the filters that they apply in their turn; without it Jinja2's own way is taken.
    """

    __slots__ = ("apply", "scope")

    environment: ClassVar[ValueEnvironment] = ENVIRONMENT
    eval_ctx: ClassVar[EvalContext] = EvalContext(ENVIRONMENT)

    def __init__(self, scope: Scope, apply: Apply | None = None) -> None:
        self.scope = scope
        self.apply = apply
