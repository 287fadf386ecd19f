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
from flowengine.language.lines import UNCLOSED_BRACKET
from flowengine.language.problems import SyntaxProblem
from flowengine.language.texts import TOO_MUCH

STARTS = ("header", "step", "script", "only_expression", "template_tag")
MOST_BRACKETS = 100
"""How deep brackets may stand in one another."""
MOST_OPERATORS = 200
"""How many operators may wait for one another: an expression is compiled and evaluated by recursion."""

_SIGNS = ("PLUS", "MINUS", "TILDE", "STAR", "SLASH", "DSLASH", "PERCENT", "PIPE", "ATTRIBUTE", "INDEX", "CALL")
_COMPARED = ("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "IS")
_OPERATORS = frozenset([*_SIGNS, *_COMPARED, "OR", "AND", "NOT", "IF"])


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
        brackets = self.inside_brackets
        levels = [0]
        opened: list[tuple[Token, int]] = []
        operators = 0
        for token in stream:
            kind = token.type
            if kind == "_NL":
                if not brackets and not opened:
                    operators = 0
                    yield from _line(token, levels)
                continue
            yield token
            if kind in _OPERATORS:
                operators += 1
                if operators > MOST_OPERATORS:
                    raise SyntaxProblem(TOO_MUCH, f"this expression has more than {MOST_OPERATORS} operators", token)
            if kind in self.OPEN_PAREN_types:
                opened.append((token, operators))
                if len(opened) > MOST_BRACKETS:
                    raise SyntaxProblem(
                        TOO_MUCH, f"brackets stand more than {MOST_BRACKETS} deep in one another", token
                    )
            elif kind in self.CLOSE_PAREN_types and opened:
                opened.pop()
            elif kind == "COMMA":
                # What stands beside one another does not wait for one another.
                operators = opened[-1][1] if opened else 0
        if opened:
            raise SyntaxProblem(UNCLOSED_BRACKET, f"this `{opened[-1][0]}` is never closed", opened[-1][0])
        for _ in levels[1:]:
            yield Token("_DEDENT", "")


def _line(token: Token, levels: list[int]) -> Iterator[Token]:
    """The line break, and the blocks that begin or end with the line after it. That they fit is checked before."""
    yield token
    indent = len(token) - token.rfind("\n") - 1
    if indent > levels[-1]:
        levels.append(indent)
        yield Token.new_borrow_pos("_INDENT", "", token)
    while indent < levels[-1]:
        levels.pop()
        yield Token.new_borrow_pos("_DEDENT", "", token)


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
