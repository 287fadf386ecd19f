"""The grammar, read from `grammar/` and made into one LALR parser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.indenter import Indenter

from flowengine.language.builder import Builder
from flowengine.language.problems import SyntaxProblem

STARTS = ("header", "step", "calls", "only_expression", "template_tag")
MOST_BLOCKS = 50
"""How deep blocks may stand in one another."""
MOST_BRACKETS = 100
"""How deep brackets may stand in one another."""
MOST_OPERATORS = 200
"""How many operators one statement may have: an expression is compiled and evaluated by recursion."""

_OPERATORS = frozenset(
    [
        "OR",
        "AND",
        "NOT",
        "EQ",
        "NE",
        "LT",
        "LE",
        "GT",
        "GE",
        "IN",
        "PLUS",
        "MINUS",
        "TILDE",
        "STAR",
        "SLASH",
        "DSLASH",
        "PERCENT",
        "PIPE",
        "IS",
        "IF",
        "ATTRIBUTE",
        "INDEX",
        "CALL",
    ]
)


def folder() -> Traversable:
    """Where the grammar lies: inside the installed package, or beside it in a checkout."""
    shipped = resources.files("flowengine") / "grammar"
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "grammar"


class Blocks(Indenter):
    """Turns indentation into blocks, and stops what is too deep or too long before it costs anything."""

    NL_type = "_NL"
    OPEN_PAREN_types = ["LPAR", "CALL", "LSQB", "INDEX", "LBRACE"]  # noqa: RUF012 - lark's own attributes
    CLOSE_PAREN_types = ["RPAR", "RSQB", "RBRACE"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8

    def __init__(self) -> None:
        super().__init__()
        self.inside_brackets = False

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        # Local state: a template is parsed while the statement around it is.
        base = 1 if self.inside_brackets else 0
        levels = [0]
        operators = 0
        opened: list[Token] = []
        for token in stream:
            kind = token.type
            if kind == self.NL_type:
                if not base and not opened:
                    operators = 0
                    yield from _line(token, levels)
                continue
            yield token
            if kind in self.OPEN_PAREN_types:
                opened.append(token)
                if len(opened) > MOST_BRACKETS:
                    raise SyntaxProblem("FE120", f"brackets stand more than {MOST_BRACKETS} deep in one another", token)
            elif kind in self.CLOSE_PAREN_types and opened:
                opened.pop()
            if kind in _OPERATORS:
                operators += 1
                if operators > MOST_OPERATORS:
                    raise SyntaxProblem("FE120", f"an expression has more than {MOST_OPERATORS} operators", token)
        if opened:
            raise SyntaxProblem("FE104", f"this `{opened[-1]}` is never closed", opened[-1])
        for _ in levels[1:]:
            yield Token("_DEDENT", "")


def _line(token: Token, levels: list[int]) -> Iterator[Token]:
    """The line break, and the blocks that begin or end with the line after it."""
    yield token
    indent = len(token) - token.rfind("\n") - 1
    if indent > levels[-1]:
        levels.append(indent)
        if len(levels) > MOST_BLOCKS:
            raise SyntaxProblem("FE120", f"blocks stand more than {MOST_BLOCKS} deep in one another", token)
        yield Token.new_borrow_pos("_INDENT", token[len(token) - indent :], token)
        return
    while indent < levels[-1]:
        levels.pop()
        yield Token.new_borrow_pos("_DEDENT", "", token)
    if indent != levels[-1]:
        raise SyntaxProblem("FE111", "this line is indented like none of the blocks around it", token, at_end=True)


class Grammar:
    """The parser with the builder that makes trees while it parses. One at a time: it is not safe across threads."""

    def __init__(self) -> None:
        self.builder = Builder(self)
        self.blocks = Blocks()
        self.lock = threading.RLock()
        text = "\n".join((folder() / name).read_text("utf-8") for name in ("expression.lark", "flow.lark"))
        self.lark = Lark(
            text,
            parser="lalr",
            lexer="contextual",
            postlex=self.blocks,
            transformer=self.builder,
            maybe_placeholders=True,
            start=list(STARTS),
            cache=True,
        )

    def parse(self, text: str, start: str, *, inside_brackets: bool = False) -> Any:
        """Parse from a start rule; the builder knows the file and the place of the text."""
        before = self.blocks.inside_brackets
        self.blocks.inside_brackets = inside_brackets
        try:
            return self.lark.parse(text, start=start)
        finally:
            self.blocks.inside_brackets = before


@cache
def grammar() -> Grammar:
    """The one grammar of this process."""
    return Grammar()
