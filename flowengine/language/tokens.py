"""From the tokens of a text to its blocks, and what is refused on the way there because it is too much."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.indenter import Indenter

from flowengine.language.lines import UNCLOSED_BRACKET
from flowengine.language.problems import SyntaxProblem
from flowengine.language.texts import TOO_MUCH

MOST_BRACKETS = 100
"""How deep brackets may stand in one another."""
MOST_OPERATORS = 200
"""How many operators may wait for one another: an expression is compiled and evaluated by recursion."""

_SIGNS = ("PLUS", "MINUS", "TILDE", "STAR", "SLASH", "DSLASH", "PERCENT", "PIPE", "ATTRIBUTE", "INDEX", "CALL")
_COMPARED = ("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "IS")
_OPERATORS = frozenset([*_SIGNS, *_COMPARED, "OR", "AND", "NOT", "IF"])
_WITH_EXPRESSION = frozenset(["SET", "IF", "ELIF", "MATCH", "RETURN"])
"""Statements that hold an expression without parentheses, in which `-` is an operator."""


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
        head = ""
        for token in stream:
            kind = token.type
            if kind == "_NL":
                if not brackets and not opened:
                    operators, head = 0, ""
                    yield from _line(token, levels)
                continue
            head = head or kind
            if kind == "NEGATIVE" and (brackets or opened or head in _WITH_EXPRESSION):
                yield from _subtraction(token)
                operators += 1
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


def _subtraction(token: Token) -> Iterator[Token]:
    """The sign and the number of `a -1`, which the lexer took for one: it cannot see whether an argument may follow."""
    yield Token("MINUS", "-", token.start_pos, token.line, token.column, token.line, (token.column or 0) + 1)
    written = str(token)[1:]
    kind = "NUMBER" if written[-1].isdigit() else "DURATION"
    yield Token(
        kind,
        written,
        None if token.start_pos is None else token.start_pos + 1,
        token.line,
        (token.column or 0) + 1,
        token.end_line,
        token.end_column,
        token.end_pos,
    )


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
