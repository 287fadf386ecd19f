"""`parse_flow`: the text of a flow file becomes a tree and findings; nothing is raised, whatever it is.

The text is parsed in parts, the header and then each step, so that a mistake in one leaves the findings of the others.
A line that does not parse is left out together with its block, and the rest of its part is tried again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from flowengine.diagnostics import Diagnostic, Span
from flowengine.expressions.tree import Expr
from flowengine.language import mistakes, tree
from flowengine.language.grammar import Grammar, grammar
from flowengine.language.problems import SyntaxProblem, finding
from flowengine.language.texts import comments, prepare, unclosed_bracket

MOST_MISTAKES = 20
"""How many lines of one part are left out before the rest of it is given up."""

_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[ \t]*:")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What became of a file. `flow` is None when not even its header could be read."""

    flow: tree.Flow | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a file that are parsed together: where they begin (0-based) and their text."""

    line: int
    text: str


def parse_flow(text: str, file: str) -> ParseResult:
    """Parse a flow file; `file` is its name in spans."""
    text, found = prepare(text, file)
    if found:
        return ParseResult(None, tuple(found))
    with grammar().lock:
        return _Parse(text, file).result()


def parse_expression(text: str, file: str = "expression") -> Expr:
    """Parse one expression.

    Raises:
        ValueError: it is none; the message is the finding's.
    """
    g = grammar()
    with g.lock:
        builder = g.builder
        builder.file, builder.line_offset, builder.column_offset, builder.found, builder.scripts = file, 0, 0, [], False
        try:
            expr: Expr = g.parse(text, "only_expression", inside_brackets=True)
        except SyntaxProblem as problem:
            raise ValueError(problem.message) from problem
        except UnexpectedInput as error:
            raise ValueError(mistakes.in_expression(error, text)[1] or "no expression") from error
        if builder.found:
            raise ValueError(builder.found[0].message)
        return expr


class PartParser:
    """Parses parts of one file, leaving out what does not parse."""

    def __init__(self, file: str, g: Grammar, *, scripts: bool = False) -> None:
        self.file = file
        self.grammar = g
        self.found: list[Diagnostic] = []
        self.whole = True
        self.scripts = scripts

    def parse(self, part: Part, start: str) -> Any:
        """The tree of a part, or None."""
        text = part.text if part.text.endswith("\n") else f"{part.text}\n"
        for _ in range(MOST_MISTAKES):
            builder = self.grammar.builder
            builder.file, builder.line_offset, builder.column_offset, builder.found = self.file, part.line, 0, []
            builder.scripts = self.scripts
            try:
                result = self.grammar.parse(text, start)
            except SyntaxProblem as problem:
                self.whole = False
                line = self._problem(problem)
            except UnexpectedInput as error:
                self.whole = False
                line = self._unexpected(error, text, part)
            else:
                self._keep(builder.found)
                return result
            shorter = _MENDED.get(self.found[-1].code, _without)(text, line)
            if shorter is None:
                return None
            text = shorter
        return None

    def _keep(self, found: list[Diagnostic]) -> None:
        self.found += [diagnostic for diagnostic in found if diagnostic not in self.found]

    def _problem(self, problem: SyntaxProblem) -> int:
        """Keep what was raised; gives the line of the part (1-based) where it stands."""
        token = problem.token
        span = self.grammar.builder.span(token)
        if problem.at_end:
            span = Span(span.file, span.end_line, 1, span.end_line, max(2, span.end_column))
            self._keep([finding(problem.code, problem.message, span, problem.hint)])
            return token.end_line or 1
        self._keep([finding(problem.code, problem.message, span, problem.hint)])
        return token.line or 1

    def _unexpected(self, error: UnexpectedInput, text: str, part: Part) -> int:
        bracket = unclosed_bracket(text)
        if bracket is not None and bracket.line <= (error.line if error.line and error.line > 0 else 10**9):
            span = Span(
                self.file, bracket.line + part.line, bracket.column, bracket.line + part.line, bracket.column + 1
            )
            self._keep([finding("FE104", f"this `{bracket.text}` is never closed", span)])
            return bracket.line
        lines = text.split("\n")
        if isinstance(error, UnexpectedCharacters):
            code, message, hint = mistakes.character(text[error.pos_in_stream :])
            line, column, width = error.line, error.column, 1
            if code in ("FE103", "FE105"):
                width = len(lines[line - 1]) - column + 1
            elif code == "FE112":
                width = len(mistakes.number(text[error.pos_in_stream :])[1].split("`")[1])
        elif isinstance(error, UnexpectedToken):
            code, message, hint = mistakes.token(error)
            token = error.token
            line, column, width = (
                token.line or len(lines) - 1,
                token.column or 1,
                max(1, len(str(token).split("\n")[0])),
            )
            if token.type in ("_NL", "$END", "_DEDENT"):
                history = error.token_history
                if history:
                    line, column = history[-1].end_line or line, history[-1].end_column or column
                elif token.type == "$END":
                    line, column = max(1, len(lines) - 1), len(lines[max(0, len(lines) - 2)]) + 1
                if code in ("FE108",) and line > 1:
                    column = len(lines[line - 1].split("#")[0].rstrip()) + 1
            elif code == "FE108" and error.token_history:
                # The token is the first after the colon that begins no block: the colon's line is the one to mend.
                line = error.token_history[-1].line or line
                column, width = len(lines[line - 1].split("#")[0].rstrip()) + 1, 1
            elif token.type == "_INDENT":
                line = token.end_line or line
                column, width = len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1, len(lines[line - 1].strip())
        else:
            code, message, hint, line, column, width = "FE100", "this does not fit here", None, 1, 1, 1
        span = Span(self.file, line + part.line, column, line + part.line, column + width)
        self._keep([finding(code, message, span, hint)])
        return line


def _with_colon(text: str, line: int) -> str | None:
    """The text as it was meant: a block follows the line, so a colon ends it."""
    lines = text.split("\n")
    head = lines[line - 1].split("#")[0].rstrip()
    if (
        head.endswith(":")
        or line >= len(lines)
        or not lines[line].startswith(head[: len(head) - len(head.lstrip())] + " ")
    ):
        return _without(text, line)
    lines[line - 1] = f"{head}:"
    return "\n".join(lines)


def _without_block(text: str, line: int) -> str | None:
    """The text without an indented line and all that is indented like it below: no block begins there."""
    lines = text.split("\n")
    indent = len(lines[line - 1]) - len(lines[line - 1].lstrip(" "))
    below = line
    while below < len(lines) and (
        not lines[below].strip() or len(lines[below]) - len(lines[below].lstrip(" ")) >= indent
    ):
        lines[below] = ""
        below += 1
    return _without("\n".join(lines), line)


def _without(text: str, line: int) -> str | None:
    """The text with a line, and the block below it, left out; None when nothing would be left of the part's head."""
    lines = text.split("\n")
    index = min(max(line, 1), len(lines)) - 1
    while index > 0 and not lines[index].strip():
        index -= 1
    if index == 0 or not lines[index].strip():
        return None
    indent = len(lines[index]) - len(lines[index].lstrip(" "))
    lines[index] = ""
    below = index + 1
    while below < len(lines) and (
        not lines[below].strip() or len(lines[below]) - len(lines[below].lstrip(" ")) > indent
    ):
        lines[below] = ""
        below += 1
    shorter = "\n".join(lines)
    return None if shorter == text or not any(row.strip() for row in lines[1:]) else shorter


_MENDED: Mapping[str, Callable[[str, int], str | None]] = {"FE106": _without_block, "FE107": _with_colon}
"""How the text after a mistake is read on; any other mistake costs its line and the block below."""


class _Parse:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.parts = PartParser(file, grammar())
        self.found: list[Diagnostic] = []

    def result(self) -> ParseResult:
        header_part, step_parts = self._split()
        header: tree.Flow | None = None
        if header_part is not None:
            header = self.parts.parse(header_part, "header") or self._bare_header(header_part)
        steps = [step for part in step_parts if (step := self.parts.parse(part, "step")) is not None]
        if len(steps) < len(step_parts):
            self.parts.whole = False
        found = tuple(sorted({*self.found, *self.parts.found}, key=lambda d: (d.span, d.code)))
        if header is None:
            return ParseResult(None, found)
        flow = replace(
            header,
            steps=tuple(steps),
            comments=tuple(comments(self.text, self.file)),
            span=header.span.to(steps[-1].span) if steps else header.span,
            complete=self.parts.whole and not self.found,
        )
        return ParseResult(flow, found)

    def _bare_header(self, part: Part) -> tree.Flow | None:
        """The flow's name alone, when the rest of its header does not parse."""
        match = re.search(r"^flow[ \t]+([A-Za-z_][A-Za-z0-9_]*)", part.text, re.MULTILINE)
        if match is None:
            return None
        line = part.text.count("\n", 0, match.start()) + part.line + 1
        span = Span(self.file, line, match.start(1) - match.start() + 1, line, match.end(1) - match.start() + 1)
        return tree.Flow(tree.Word(match[1], span), (), (), (), (), (), span, complete=False)

    def _split(self) -> tuple[Part | None, list[Part]]:
        """The header and the steps: a new part begins with every name in column 1 outside of brackets and texts."""
        header: Part | None = None
        steps: list[Part] = []
        starts: list[int] = []
        lines = self.text.split("\n")
        inside = _lines_inside(self.text)
        for number, line in enumerate(lines):
            if not line or line[0] in " \t#" or number in inside or line[0] in ")]}":
                continue
            starts.append(number)
        if not starts:
            span = Span(self.file, 1, 1, 1, 1)
            self.found.append(finding("FE101", "the file holds no flow", span, "it begins with `flow NAME`"))
            return None, []
        for number, begin in enumerate(starts):
            end = starts[number + 1] if number + 1 < len(starts) else len(lines)
            part = Part(begin, "\n".join(lines[begin:end]))
            word = _NAME.match(lines[begin])
            name = word[0] if word else ""
            if number == 0 and name == "flow" and not _STEP.match(lines[begin]):
                header = part
            elif number == 0 and name.lower() != "flow":
                self._not_a_flow(begin, lines[begin])
                steps += [part] if _STEP.match(lines[begin]) else []
            elif name == "flow" and not _STEP.match(lines[begin]):
                self._column(
                    "FE119", "a second flow begins here", begin, lines[begin], "every flow has a file of its own"
                )
                break
            elif _STEP.match(lines[begin]) or re.match(r"[A-Za-z_][A-Za-z0-9_]*[ \t]*->", lines[begin]):
                steps.append(part)
            else:
                self._stray(begin, lines[begin], name)
        return header, steps

    def _not_a_flow(self, line: int, text: str) -> None:
        self._column("FE101", "a flow file begins with `flow NAME`", line, text)

    def _stray(self, line: int, text: str, name: str) -> None:
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*[ \t]*(#.*)?", text):
            self._column("FE107", f"a step is written `{name}:`", line, text, "end the line with a colon")
        elif text[0] in "'\"" or not name:
            code, message, hint = mistakes.character(text) if not text.startswith('"') else ("FE118", "", None)
            self._column(code, message or "only steps begin in column 1", line, text, hint)
        else:
            self._column(
                "FE118",
                "only `flow` and steps begin in column 1",
                line,
                text,
                "indent it, so that it belongs to a step",
            )

    def _column(self, code: str, message: str, line: int, text: str, hint: str | None = None) -> None:
        width = max(1, len(text.split("#")[0].rstrip()))
        self.found.append(finding(code, message, Span(self.file, line + 1, 1, line + 1, width + 1), hint))


def _lines_inside(text: str) -> set[int]:
    """The lines (0-based) that begin inside a `\"\"\"` text."""
    inside: set[int] = set()
    for match in re.finditer(r'"""(?:[^"\\]|\\.|"(?!""))*"""', text, re.DOTALL):
        first = text.count("\n", 0, match.start())
        inside.update(range(first + 1, first + 1 + match[0].count("\n")))
    return inside
