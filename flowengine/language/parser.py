"""`parse_flow`: the text of a flow file becomes a tree and findings; nothing is raised, whatever the text is.

The text is parsed in parts, the header and then each step, so that a mistake in one leaves the findings of the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import UnexpectedInput
from msgspec.structs import replace

from flowengine.diagnostics import Diagnostic, Span
from flowengine.expressions.tree import Expr, Template
from flowengine.language import tree
from flowengine.language.blocks import MISSING_COLON, WRONG_COLUMN, Part, check_blocks, parts
from flowengine.language.grammar import grammar
from flowengine.language.lines import Line, Scan, scan
from flowengine.language.mistakes import Situation, accepted, explain
from flowengine.language.problems import MOST_FINDINGS, SyntaxProblem, finding
from flowengine.language.reader import Reader
from flowengine.language.strings import unquoted
from flowengine.language.texts import prepare

NO_FLOW = "FE101"
SECOND_FLOW = "FE119"

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_FLOW = re.compile(r"flow(?![A-Za-z0-9_])(?![ \t]*(:|->))")
_FLOW_NAME = re.compile(rf"flow[ \t]+({_NAME})")
_STEP = re.compile(rf"{_NAME}[ \t]*(:|->)")
_STEP_NAME = re.compile(_NAME)
_ANY_FLOW = re.compile(rf"flow[ \t]+{_NAME}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What became of a file. `flow` is None when not even the flow's name could be read."""

    flow: tree.Flow | None
    diagnostics: tuple[Diagnostic, ...]


def parse_flow(text: str, file: str) -> ParseResult:
    """Parse a flow file; `file` is its name in spans."""
    text, found = prepare(text, file)
    if found:
        return ParseResult(None, tuple(found))
    with grammar().lock:
        return _FlowFile(scan(text, file), file).result()


def parse_expression(text: str, file: str = "expression") -> Expr:
    """Parse one expression.

    Raises:
        ValueError: it is none; the message is the finding's.
    """
    with grammar().lock:
        builder = grammar().builder
        builder.begin(file)
        try:
            expr: Expr = grammar().parse(text, "only_expression", inside_brackets=True)
        except SyntaxProblem as problem:
            raise ValueError(problem.message) from problem
        except UnexpectedInput as error:
            place = error.pos_in_stream if error.pos_in_stream is not None else len(text)
            situation = Situation(text[:place], text[place:], accepted(error))
            raise ValueError(explain(situation).message) from error
        if builder.found:
            raise ValueError(builder.found[0].message)
        return expr


def parse_template(text: str, span: Span) -> tuple[Template, tuple[Diagnostic, ...]]:
    """Parse the text of a template from another file than a flow, where nothing is escaped, with what is wrong in it.

    `span` is where the text begins.
    """
    with grammar().lock:
        builder = grammar().builder
        builder.begin(span.file)
        template = unquoted(builder, text, span)
        return template, tuple(builder.found)


class _FlowFile:
    def __init__(self, scanned: Scan, file: str) -> None:
        self.scan = scanned
        self.file = file
        self.reader = Reader(file, scanned.rows, grammar())
        self.found = list(scanned.found)

    def result(self) -> ParseResult:
        """The flow, and what is wrong with it."""
        header_part, step_parts = self._sort(parts(self.scan.lines))
        header = None if header_part is None else self._header(header_part)
        steps = [step for part in step_parts if (step := self._step(part)) is not None]
        found = tuple(sorted({*self.found, *self.reader.found}, key=lambda d: (d.span, d.code)))
        if header is None:
            return ParseResult(None, found)
        span = header.span.to(steps[-1].span) if steps else header.span
        comments = tuple(self.scan.comments)
        return ParseResult(replace(header, steps=tuple(steps), comments=comments, span=span, complete=not found), found)

    def _header(self, part: Part) -> tree.Flow | None:
        self.found += check_blocks(part, self.file)
        header: tree.Flow | None = self.reader.read(part, "header")
        return header or self._bare_header(part.head)

    def _bare_header(self, head: Line) -> tree.Flow | None:
        """The flow's name alone, when the rest of its first line does not parse."""
        match = _FLOW_NAME.match(head.text)
        if match is None:
            return None
        span = Span(self.file, head.row, match.start(1) + 1, head.row, match.end(1) + 1)
        return tree.Flow(tree.Word(match[1], span), (), (), (), (), (), span)

    def _step(self, part: Part) -> tree.Step | None:
        if len(self.found) + len(self.reader.found) >= MOST_FINDINGS:
            return None
        self.found += check_blocks(part, self.file)
        step: tree.Step | None = self.reader.read(part, "step")
        return step

    # ----------------------------------------------------------------------------------------- what each part is

    def _sort(self, found: list[Part]) -> tuple[Part | None, list[Part]]:
        """The header and the steps; what is neither is told, and lines indented below it belong to the step above."""
        if not found:
            if not self.found:
                where = Span(self.file, 1, 1, 1, 1)
                self.found.append(finding(NO_FLOW, "the file holds no flow", where, "it begins with `flow NAME`"))
            return None, []
        header: Part | None = None
        steps: list[Part] = []
        for number, part in enumerate(found):
            if len(self.found) >= MOST_FINDINGS:
                break
            head = part.head
            is_flow = _FLOW.match(head.text) is not None
            if number == 0 and is_flow:
                header = part
                continue
            if number == 0 and not head.broken:
                self._tell(NO_FLOW, "a flow file begins with `flow NAME`", head, _begin_hint(found))
            if is_flow and number > 0:
                self._tell(SECOND_FLOW, "a second flow begins here", head, "every flow has a file of its own")
                break
            if self._is_step(part, told=number == 0):
                steps.append(part)
            elif steps:
                steps[-1].lines += part.lines[1:]
        return header, steps

    def _is_step(self, part: Part, *, told: bool) -> bool:
        head = part.head
        if head.broken or head.indent > 0:
            return False
        if _STEP.match(head.text):
            return True
        if _STEP_NAME.fullmatch(head.text.partition("#")[0].rstrip()) and len(part.lines) > 1:
            if not told:
                span = Span(self.file, head.last, head.end, head.last, head.end)
                self.found.append(finding(MISSING_COLON, "a colon is missing after the name of the step", span))
            head.opens = head.mended = True
            return True
        if not told:
            hint = "indent it, so that it belongs to a step"
            self._tell(WRONG_COLUMN, "only `flow` and steps begin in column 1", head, hint)
        return False

    def _tell(self, code: str, message: str, line: Line, hint: str | None) -> None:
        width = line.end - line.indent - 1 if line.row == line.last else len(line.text)
        start = line.indent + 1
        span = Span(self.file, line.row, start, line.row, start + max(width, 1))
        self.found.append(finding(code, message, span, hint))


def _begin_hint(found: list[Part]) -> str | None:
    """What may have been meant by a first line that is no `flow NAME`."""
    if _ANY_FLOW.match(found[0].head.text):
        return "write `flow` in small letters"
    if any(_FLOW.match(part.head.text) for part in found[1:]):
        return "move `flow NAME` to the top: only comments may stand before it"
    return None
