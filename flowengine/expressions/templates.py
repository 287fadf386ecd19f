"""From the tree of a template to a function of a scope that gives its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowengine.diagnostics import Span
from flowengine.expressions import tree
from flowengine.expressions.closures import Closures, Run
from flowengine.expressions.errors import BudgetExceeded, ExpressionError
from flowengine.expressions.scope import Scope
from flowengine.expressions.tree import Expr, Part
from flowengine.expressions.values import Value, kind_of, text_of

Escape = Callable[[str], str]


class Output:
    """The text of a template in the making."""

    __slots__ = ("_limit", "_size", "pieces")

    def __init__(self, limit: int) -> None:
        self.pieces: list[str] = []
        self._limit = limit
        self._size = 0

    def add(self, text: str) -> None:
        """Append a stretch of text.

        Raises:
            BudgetExceeded: the text is longer than the limit.
        """
        self._size += len(text)
        if self._size > self._limit:
            raise BudgetExceeded(f"the text is longer than {self._limit} characters")
        self.pieces.append(text)


Write = Callable[[Scope, Output], None]


class Templates(Closures):
    """Compiles expressions and templates; `escape` is applied to the text of every `{{ }}`."""

    def __init__(self, escape: Escape | None = None) -> None:
        self._escape = escape

    def template(self, template: tree.Template) -> Run:
        """The function of a template.

        Raises:
            ExpressionError: a filter, test or function in it is unknown or has wrong arguments.
        """
        constant = template.constant
        if constant is not None:
            return lambda _: constant
        write = self._parts(template.parts)
        # What a template sets is its own: only then does it need variables of its own.
        sets = any(isinstance(part, tree.SetPart | tree.ForPart) for part in tree.walk(template))
        span = template.span

        def run(scope: Scope) -> str:
            output = Output(scope.text_limit)
            try:
                write(_inner(scope) if sets else scope, output)
            except ExpressionError as error:
                error.locate(span)
                raise
            return "".join(output.pieces)

        return run

    def _parts(self, parts: Sequence[Part]) -> Write:
        writes = [self._part(part) for part in parts]
        if len(writes) == 1:
            return writes[0]

        def write(scope: Scope, output: Output) -> None:
            for part in writes:
                part(scope, output)

        return write

    def _part(self, part: Part) -> Write:
        match part:
            case tree.Text(value=text):
                return lambda _, output: output.add(text)
            case tree.Hole(value=value):
                return self._hole(value, part.span)
            case tree.SetPart(name=name, value=value):
                return _setting(name.name, self.compile(value))
            case tree.IfPart(branches=branches, otherwise=otherwise):
                return self._if(branches, otherwise)
            case tree.ForPart():
                return self._for(part)

    def _hole(self, value: Expr, span: Span) -> Write:
        run, escape = self.compile(value), self._escape

        def write(scope: Scope, output: Output) -> None:
            found = run(scope)
            try:
                text = found if type(found) is str else text_of(found, scope.text_limit)
                output.add(text if escape is None else escape(text))
            except ExpressionError as error:
                error.locate(span)
                raise

        return write

    def _if(self, branches: Sequence[tuple[Expr, tuple[Part, ...]]], otherwise: Sequence[Part]) -> Write:
        compiled = [(self.compile(test), self._parts(body)) for test, body in branches]
        last = self._parts(otherwise)

        def write(scope: Scope, output: Output) -> None:
            for test, body in compiled:
                if test(scope):
                    return body(scope, output)
            return last(scope, output)

        return write

    def _for(self, part: tree.ForPart) -> Write:
        of, body, otherwise = self.compile(part.of), self._parts(part.body), self._parts(part.otherwise)
        names, span, of_span = [name.name for name in part.names], part.span, part.of.span

        def write(scope: Scope, output: Output) -> None:
            items = _items(of(scope), len(names), of_span)
            if not items:
                return otherwise(_inner(scope), output)
            for index, item in enumerate(items):
                inner = {**scope.variables, **_named(names, item, of_span), "loop": _loop(index, len(items))}
                if scope.meter is not None:
                    try:
                        scope.meter.round()
                    except BudgetExceeded as error:
                        error.locate(span)
                        raise
                body(scope.with_variables(inner), output)
            return None

        return write


def _inner(scope: Scope) -> Scope:
    """The scope with variables of its own, which may be set."""
    return scope.with_variables(dict(scope.variables))


def _setting(name: str, run: Run) -> Write:
    def write(scope: Scope, _: Output) -> None:
        # The variables are this template's own copy: see `compile`.
        scope.variables[name] = run(scope)  # type: ignore[index]

    return write


def _items(value: Value, names: int, span: Span) -> list[Value]:
    """What a `for` goes through: items, characters, keys; with two names, the pairs of a dict."""
    if isinstance(value, dict) and names == 2:
        return [list(pair) for pair in value.items()]
    if isinstance(value, list | dict | str):
        return list(value)
    raise ExpressionError(f"`for` goes through a list, a dict or a text, not {kind_of(value)}", span)


def _named(names: Sequence[str], item: Value, span: Span) -> dict[str, Value]:
    if len(names) == 1:
        return {names[0]: item}
    if not isinstance(item, list | str) or len(item) != len(names):
        raise ExpressionError(f"an item cannot be parted into {len(names)} names", span)
    return dict(zip(names, item, strict=True))


def _loop(index: int, length: int) -> dict[str, Value]:
    return {
        "index": index + 1,
        "index0": index,
        "revindex": length - index,
        "revindex0": length - index - 1,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
    }
