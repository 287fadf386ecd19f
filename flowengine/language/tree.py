"""The tree of a `.flow` file: shapes only. Which verbs exist and what they take is not known here.

All nodes are frozen and carry their span. A block is a tuple of statements; where the language allows `-> step` instead
of a block, the block is a tuple of that one `Goto`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from flowengine.diagnostics import Span
from flowengine.expressions.tree import Expr

Block = tuple["Statement", ...]


class Word(Struct, frozen=True, gc=False):
    """A name as written: of a step, a verb, a flow, a variable, an outcome."""

    text: str
    span: Span


class Goto(Struct, frozen=True, gc=False):
    """`-> step`."""

    target: Word
    span: Span


class Set(Struct, frozen=True, gc=False):
    """`set name = value`; `path` holds the keys after the name: `set a.b.c = e` has path `(b, c)`."""

    name: Word
    path: tuple[Word, ...]
    value: Expr
    span: Span


class Branch(Struct, frozen=True, gc=False):
    """`if test:` or `elif test:` with its block."""

    test: Expr
    body: Block
    span: Span


class If(Struct, frozen=True, gc=False):
    """`if … elif … else`. `otherwise` is None when there is no `else`."""

    branches: tuple[Branch, ...]
    otherwise: Block | None
    span: Span


class When(Struct, frozen=True, gc=False):
    """`when v, v:` of a `menu` or a `match`. `body` is None for a `when` alone on its line: it goes on."""

    values: tuple[Expr, ...]
    body: Block | None
    span: Span


class Match(Struct, frozen=True, gc=False):
    """`match value:` with its `when`s and its `else`."""

    value: Expr
    cases: tuple[When, ...]
    otherwise: Block | None
    span: Span


class Option(Struct, frozen=True, gc=False):
    """`key=value` of a verb, of `run` or of a flow called by `run`."""

    name: Word
    value: Expr
    span: Span


class Run(Struct, frozen=True, gc=False):
    """`run flow(args) as name`, with handlers in `body`."""

    flow: Word
    args: tuple[Expr, ...]
    options: tuple[Option, ...]
    result: Word | None
    body: Block
    span: Span


class Return(Struct, frozen=True, gc=False):
    """`return expr`, or `return` alone."""

    value: Expr | None
    span: Span


class Fail(Struct, frozen=True, gc=False):
    """`fail "reason"`, or `fail` alone."""

    reason: Expr | None
    span: Span


class Trigger(Struct, frozen=True, gc=False):
    """What an `on` waits for: `busy`, `noinput 2`, `press 0`, `404`.

    `name` is the outcome's name, or the number's text for `on 404`. `argument` is what follows the name.
    """

    name: Word
    argument: Expr | None
    span: Span


class On(Struct, frozen=True, gc=False):
    """`on OUTCOME, OUTCOME:` with its block: in a flow's header, or in a verb's block."""

    triggers: tuple[Trigger, ...]
    body: Block
    span: Span


class Verb(Struct, frozen=True, gc=False):
    """`verb arg… key=value…` and its block; `body` is None without a colon. A bare name as an argument is a `Name`."""

    name: Word
    args: tuple[Expr, ...]
    options: tuple[Option, ...]
    body: Block | None
    span: Span


Statement = Goto | Set | If | Match | When | Run | Return | Fail | On | Verb


class Parameter(Struct, frozen=True, gc=False):
    """A parameter of a flow, with its default if it has one."""

    name: Word
    default: Expr | None
    span: Span


class Setting(Struct, frozen=True, gc=False):
    """`NAME literal` in a flow's header. (`timeout 5s`, `language "en-US"`)"""

    name: Word
    value: Expr
    span: Span


class Step(Struct, frozen=True, gc=False):
    """`NAME:` in column 1 and its block."""

    name: Word
    body: Block
    span: Span


class Comment(Struct, frozen=True, gc=False):
    """A comment with its `#`. `own_line` tells it stands alone on its line."""

    text: str
    span: Span
    own_line: bool


class Flow(Struct, frozen=True, gc=False):
    """A whole file. `complete` is False when a part did not parse: names of the lost part count as known."""

    name: Word
    parameters: tuple[Parameter, ...]
    settings: tuple[Setting, ...]
    handlers: tuple[On, ...]
    steps: tuple[Step, ...]
    comments: tuple[Comment, ...]
    span: Span
    complete: bool = True


def blocks(statement: Statement) -> Iterator[Block]:
    """The blocks directly inside a statement, in the order of the text."""
    match statement:
        case If(branches=branches, otherwise=otherwise):
            for branch in branches:
                yield branch.body
            if otherwise is not None:
                yield otherwise
        case Match(cases=cases, otherwise=otherwise):
            yield from ((case,) for case in cases)
            if otherwise is not None:
                yield otherwise
        case When(body=body) | Verb(body=body):
            if body is not None:
                yield body
        case Run(body=body) | On(body=body):
            yield body
        case Goto() | Set() | Return() | Fail():
            return


def walk(block: Block) -> Iterator[Statement]:
    """All statements of a block and of the blocks inside it, in the order of the text."""
    for statement in block:
        yield statement
        for inner in blocks(statement):
            yield from walk(inner)
