"""What a verb is: its arguments, outcomes and words, and how one use of it becomes nodes of the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from mypy_extensions import mypyc_attr

from flowengine.core.graph import Node
from flowengine.core.journal import MASK
from flowengine.core.languages import in_language
from flowengine.core.run import Run
from flowengine.diagnostics import Span
from flowengine.expressions.evaluate import BudgetExceeded, Compiled, ExpressionError
from flowengine.expressions.tree import Expr
from flowengine.language.tree import Block, When
from flowengine.verbs.kinds import Kind


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()
"""The default of an argument that has none."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a verb.

    `positional` arguments stand in the order of the verb's list; the others are written `name=value`. `default` is in
    the form that the source has it (`shown` is how the documents write it). With `setting`, the flow's setting of the
    same name holds where the argument is missing. A text that is `translated` is heard or read in the call's language.
    """

    name: str
    kind: Kind
    doc: str
    default: Any = REQUIRED
    shown: str = ""
    positional: bool = False
    setting: bool = False
    translated: bool = False


class Then(StrEnum):
    """What an outcome does that nobody handles."""

    GOES_ON = "goes on after the verb"
    HANGS_UP = "hangs up"
    PLAYS_AGAIN = "plays the prompts again"
    MUST_BE_HANDLED = "must be handled, here or further out"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A way in which a verb ends.

    `counted` outcomes take a number (`on noinput 2`), `keyed` ones a key, `coded` a status.
    """

    name: str
    then: Then
    doc: str
    counted: bool = False
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """What the verb gives its NAME, if it takes one."""

    doc: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Handler:
    """One trigger of an `on` in a verb's block, with its block.

    `argument` is the count, the key, or None.
    """

    name: str
    argument: Any
    body: Block
    span: Span


class Value:
    """An argument ready to be had: a constant, or an expression that is evaluated and checked at call time."""

    __slots__ = ("compiled", "constant", "expr", "kind", "label", "size")

    def __init__(
        self,
        label: str,
        kind: Kind,
        *,
        constant: Any = None,
        compiled: Compiled | None = None,
        expr: Expr | None = None,
    ):
        self.label = label
        self.kind = kind
        self.constant = constant
        self.compiled = compiled
        self.expr = expr
        self.size = len(constant) if isinstance(constant, str) else 0

    def get(self, run: Run) -> Any:
        """The value now.

        Raises ExpressionError when the argument is not what the verb can take.
        """
        if self.compiled is None:
            if self.size > run.program.project.limits.text:
                raise BudgetExceeded(f"{self.label} has {self.size} characters")
            return self.constant
        value = run.eval(self.compiled)
        return self.accept(value, hidden=run.tainted(self.compiled))

    def raw(self, run: Run) -> Any:
        """The value now, whatever it is: for verbs that answer an unfit value with an outcome instead of an error."""
        return self.constant if self.compiled is None else run.eval(self.compiled)

    def shown(self, run: Run, value: Any) -> Any:
        """The value as it may be written down."""
        return run.masked(self.compiled) if self.compiled is not None and run.tainted(self.compiled) else value

    def accept(self, value: Any, *, hidden: bool = False) -> Any:
        """The value in the form that the verb uses. An error tells it, unless it is `hidden`."""
        try:
            return self.kind.accept(value)
        except ValueError as error:
            shown = MASK if hidden else repr(value)
            shown = shown if len(shown) <= 60 else shown[:57] + "..."
            span = self.expr.span if self.expr is not None else None
            raise ExpressionError(f"{self.label} must be {error}, not {shown}", span) from None


class Translated(Value):
    """A text with its translations by language, in lower case; where there is none, it is said as it is written."""

    __slots__ = ("by_language", "written")

    def __init__(self, written: Value, by_language: Mapping[str, Value]) -> None:
        super().__init__(
            written.label, written.kind, constant=written.constant, compiled=written.compiled, expr=written.expr
        )
        self.written = written
        self.by_language = by_language

    def _heard(self, run: Run) -> Value:
        return in_language(run.language, self.by_language) or self.written

    def get(self, run: Run) -> Any:
        return self._heard(run).get(run)

    def raw(self, run: Run) -> Any:
        return self._heard(run).raw(run)

    def shown(self, run: Run, value: Any) -> Any:
        return self._heard(run).shown(run, value)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a verb in a flow, checked: what `Verb.lower` is given.

    `content` holds the statements of the block that are not `on`s: prompts, `when`s, and `if`s and `match`es around
    them. `next` is the node after the verb.
    """

    span: Span
    next: int
    name: str | None
    args: Mapping[str, Value]
    handlers: Sequence[Handler]
    content: Block

    def value(self, name: str) -> Value | None:
        """The argument as it was written, or None."""
        return self.args.get(name)


class Lowering(Protocol):
    """What the compiler offers a verb while it makes nodes."""

    def add(self, node: Node) -> int:
        """Put a node into the graph; gives its number."""
        ...

    def reserve(self) -> int:
        """A number for a node that is placed later: loops need it."""
        ...

    def place(self, index: int, node: Node) -> None:
        """Put the node where its number was reserved."""
        ...

    def block(self, block: Block, next_node: int) -> int:
        """Lower the statements; gives the first node, or `next_node` for an empty block."""
        ...

    def choices(self, content: Block) -> list[When]:
        """The `when`s of a block in the order of the text, also those inside its `if`s and `match`es."""
        ...

    def is_dynamic(self, content: Block) -> bool:
        """Whether some `when` stands inside an `if` or `match`, so that the choices differ from time to time."""
        ...


Lower = Callable[[Lowering, Use], int]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the language.

    `prompt`: it may stand among the prompts of a menu, gather, record or queue. `alone`: it needs no caller, so that
    `on hangup` may use it. `leaves`: nothing comes after it. `content` tells what its block may hold besides `on`.
    """

    name: str
    summary: str
    arguments: tuple[Argument, ...]
    lower: Lower
    example: str
    doc: str = ""
    outcomes: tuple[Outcome, ...] = ()
    binds: Binding | None = None
    prompt: bool = False
    alone: bool = False
    leaves: bool = False
    prompts: bool = False
    choices: bool = False
    coded: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def positional(self) -> tuple[Argument, ...]:
        return tuple(argument for argument in self.arguments if argument.positional)

    @property
    def options(self) -> tuple[Argument, ...]:
        return tuple(argument for argument in self.arguments if not argument.positional)

    @property
    def blocked(self) -> bool:
        """Whether the verb may have a block at all."""
        return bool(self.outcomes) or self.prompts

    def outcome(self, name: str) -> Outcome | None:
        """The outcome of this name, or None."""
        return next((outcome for outcome in self.outcomes if outcome.name == name), None)


@mypyc_attr(allow_interpreted_subclasses=True)
class VerbNode(Node):
    """A node that performs a verb: it has arguments by name."""

    __slots__ = ("args",)

    def __init__(self, use: Use, exits: Mapping[str, int] | None = None) -> None:
        super().__init__(use.span, {"next": use.next, **(exits or {})})
        self.args = dict(use.args)

    def arg(self, run: Run, name: str, default: Any = None) -> Any:
        """The value of an argument now, or `default` where it is not written."""
        value = self.args.get(name)
        return default if value is None else value.get(run)

    def setting(self, run: Run, name: str) -> Any:
        """The argument, else the setting of that name that holds here."""
        value = self.args.get(name)
        return run.setting(name) if value is None else value.get(run)
