"""Expressions and templates, compiled once and evaluated in every call.

The results are those of Jinja2's sandboxed environment, with the rules of the language on top: `a.b` is a key and
nothing else, a missing name is an error, none in a text is empty.
"""

from __future__ import annotations

from flowengine.expressions import tree
from flowengine.expressions.closures import Run
from flowengine.expressions.dataflow import flow_of
from flowengine.expressions.errors import BudgetExceeded, ExpressionError
from flowengine.expressions.filters import GOES_ROUND
from flowengine.expressions.functions import FILTERS, FUNCTIONS
from flowengine.expressions.scope import Scope
from flowengine.expressions.templates import Escape, Templates
from flowengine.expressions.tree import Expr
from flowengine.expressions.values import MISSING, Value, loosely_equal

__all__ = [
    "MISSING",
    "BudgetExceeded",
    "Compiled",
    "ExpressionError",
    "Scope",
    "Value",
    "compile_case",
    "compile_expression",
    "compile_template",
    "compile_value",
    "loosely_equal",
]

_NOWHERE = Scope({})


class Compiled:
    """An expression or template, ready to be evaluated.

    `reads` are the root names that it reads, without those that a template sets itself; `taints` those of them whose
    value the result carries on, otherwise than as the outcome of a comparison. `constant` is its value when that is
    the same in every call, else MISSING.
    """

    __slots__ = ("_metered", "_run", "constant", "reads", "taints")

    def __init__(self, expr: Expr, run: Run) -> None:
        flow = flow_of(expr)
        self.reads = flow.reads
        self.taints = flow.taints
        self._run = run
        self._metered = False
        depends = bool(flow.reads)
        for node in tree.walk(expr):
            if isinstance(node, tree.ForPart) or (isinstance(node, tree.Filter) and node.name in GOES_ROUND):
                self._metered = True
            depends = depends or _depends_on_call(node)
        self.constant: Value = MISSING
        if not depends:
            try:
                constant = self(_NOWHERE)
            except ExpressionError:
                return  # it is said when it happens, where a handler may be for it
            self.constant = constant
            self._metered = False
            self._run = lambda _: constant

    def __call__(self, scope: Scope) -> Value:
        """The value in a scope. It must not be changed: a constant is the same object every time.

        Raises:
            ExpressionError: it cannot be computed.
            BudgetExceeded: it would be too large, or take too long.
        """
        try:
            return self._run(scope.metered() if self._metered else scope)
        except RecursionError:
            raise ExpressionError("this is nested too deep") from None


def compile_expression(expr: Expr) -> Compiled:
    """Compile an expression.

    Raises:
        ExpressionError: a filter, test or function in it is unknown or has wrong arguments.
    """
    return Compiled(expr, Templates().compile(expr))


def compile_value(expr: Expr) -> Compiled:
    """Compile an argument: an expression, a template, or a list or dict with templates inside. Raises as above."""
    return compile_expression(expr)


def compile_case(expr: Expr) -> Compiled:
    """Compile what stands after `when`, for `loosely_equal`: a range stays one, however long. Raises as above."""
    if isinstance(expr, tree.Range):
        numbers = range(expr.low, expr.high + 1)
        return Compiled(expr, lambda _: numbers)
    return compile_expression(expr)


def compile_template(template: tree.Template, *, escape: Escape | None = None) -> Compiled:
    """Compile a template; `escape` is applied to the text of every `{{ }}`. Raises as above."""
    return Compiled(template, Templates(escape).template(template))


def _depends_on_call(node: Expr | tree.Part) -> bool:
    """Whether a node gives another value in another call although it names nothing: times, languages, calendars."""
    match node:
        case tree.Call(function=function):
            return function.name in FUNCTIONS and function.name != "range"
        case tree.Filter(name=name):
            return name in FILTERS or name in GOES_ROUND
    return False
