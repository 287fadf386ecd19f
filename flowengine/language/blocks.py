"""The blocks of a part before it is parsed: each indented line has a line above that opens its block.

What is wrong here is told once, and the lines are marked so that the parser sees blocks as they were meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowengine.diagnostics import Diagnostic, Span
from flowengine.language.lines import Line
from flowengine.language.problems import finding
from flowengine.language.texts import TOO_MUCH

NO_BLOCK_HERE = "FE106"
MISSING_COLON = "FE107"
EMPTY_BLOCK = "FE108"
BETWEEN_BLOCKS = "FE111"
WRONG_COLUMN = "FE118"

MOST_BLOCKS = 50
"""How deep blocks may stand in one another."""

_ALONE = frozenset(
    ["answer", "emit", "fail", "hangup", "log", "pause", "play", "redirect", "reject", "return", "say", "send", "set"]
)
"""What never has a block: below it, an indented line is a slip of the hand and no forgotten colon."""

_FOLLOWING = ("elif", "else")
_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[ \t]*:")


@dataclass(slots=True)
class Part:
    """Lines that are parsed together: the flow's header, a step, or a script. The first is in column 1."""

    lines: list[Line]

    @property
    def head(self) -> Line:
        """The line that the part begins with."""
        return self.lines[0]


def parts(lines: Sequence[Line]) -> list[Part]:
    """The parts of a file: each begins in column 1, and the first where the file does."""
    found: list[Part] = []
    for line in lines:
        if line.indent == 0 or not found:
            found.append(Part([line]))
        else:
            found[-1].lines.append(line)
    return found


def check_blocks(part: Part, file: str, *, scripts: bool = False) -> Iterator[Diagnostic]:
    """Tell what is wrong with the blocks of a part, and mark its lines. In a script only the head opens a block."""
    lines = part.lines
    levels = [part.head.indent]
    above = part.head
    index = 1
    while index < len(lines):
        line = lines[index]
        deeper = line.indent > levels[-1]
        if deeper and above.broken:
            index = _hide_deeper(lines, index, levels[-1])
            continue
        if deeper and len(levels) > MOST_BLOCKS and not line.broken:
            message = f"blocks stand more than {MOST_BLOCKS} deep in one another"
            yield finding(TOO_MUCH, message, _whole(line, file), "move the inner part into a step of its own")
            above.broken = True
            continue
        if deeper and not above.opens:
            if not _may_open(above, head=above is part.head, scripts=scripts):
                if not line.broken:
                    message = "this line is indented deeper, but no block begins here"
                    yield finding(NO_BLOCK_HERE, message, _whole(line, file), "indent it like the line above")
                index = _hide_deeper(lines, index, levels[-1])
                continue
            span = Span(file, above.last, above.end, above.last, above.end)
            yield finding(MISSING_COLON, "a colon is missing before the block", span, "end the line with `:`")
            above.opens = above.mended = True
        if deeper:
            levels.append(line.indent)
        else:
            yield from _closed_empty(above, file)
            while line.indent < levels[-1] and len(levels) > 1:
                levels.pop()
            if line.indent != levels[-1]:
                if not line.broken:
                    yield _between(line, file)
                index = _hide_deeper(lines, index, levels[-1])
                continue
        above = line
        index += 1
    yield from _closed_empty(above, file)
    for index, line in enumerate(lines):
        if line.broken:
            leave_out(part, index)


def leave_out(part: Part, index: int) -> None:
    """Mark a line as broken; its block, and the `elif` and `else` that follow it, are passed over."""
    lines = part.lines
    line = lines[index]
    line.broken = True
    index = _hide_deeper(lines, index + 1, line.indent)
    if line.word in ("if", "elif"):
        while index < len(lines) and lines[index].indent == line.indent and lines[index].word in _FOLLOWING:
            lines[index].hidden = True
            index = _hide_deeper(lines, index + 1, line.indent)


def _hide_deeper(lines: Sequence[Line], index: int, indent: int) -> int:
    """Pass over the lines from `index` on that are indented deeper than `indent`; gives the first that is not."""
    while index < len(lines) and lines[index].indent > indent:
        lines[index].hidden = True
        index += 1
    return index


def _may_open(line: Line, *, head: bool, scripts: bool) -> bool:
    if scripts:
        return head
    return line.word != "" and line.word not in _ALONE and "->" not in line.text


def _closed_empty(above: Line, file: str) -> Iterator[Diagnostic]:
    """A line that opened a block which nothing is in."""
    if above.opens and not above.broken:
        span = Span(file, above.last, above.end - 1, above.last, above.end)
        yield finding(EMPTY_BLOCK, "the block is empty", span, "indent what belongs to it")
        above.broken = True


def _between(line: Line, file: str) -> Diagnostic:
    """A line whose indentation is that of no block around it."""
    if _STEP.match(line.text):
        hint = "take its indentation away"
        return finding(WRONG_COLUMN, "a step begins in column 1", _whole(line, file), hint)
    message = "this line is indented like none of the blocks around it"
    return finding(BETWEEN_BLOCKS, message, _whole(line, file), "indent it like the lines of its block")


def _whole(line: Line, file: str) -> Span:
    """The first row of a line, without its indentation."""
    return Span(file, line.row, line.indent + 1, line.row, line.indent + 1 + len(line.text))
