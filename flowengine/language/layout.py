"""How one statement is written: its tokens with the spaces between them, and its brackets over one or several lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

INDENT = 4
"""Spaces for each block, and for what stands in brackets that are broken over lines."""

_OPENING = frozenset(["LPAR", "CALL", "LSQB", "INDEX", "LBRACE"])
_CLOSING = frozenset(["RPAR", "RSQB", "RBRACE"])
_OF_ITEMS = frozenset(["CALL", "LSQB", "LBRACE"])
"""Brackets that hold items: broken, they have one on each line, and a comma after the last."""
_CLOSE_UP = frozenset(["COMMA", "COLON", "CALL", "INDEX", "ATTRIBUTE", *_CLOSING])
"""What stands directly behind the token before it."""
_OPERATORS = frozenset("EQ NE LT LE GT GE PLUS MINUS TILDE STAR SLASH DSLASH PERCENT AND OR NOT IN IS".split())  # noqa: SIM905
_BEFORE_SIGN = frozenset(["IF", "ELIF", "ELSE", "MATCH", "RETURN", "ASSIGN", "COLON", "COMMA", *_OPERATORS, *_OPENING])
"""After these, `-` and `+` are signs of what follows."""


@dataclass(frozen=True, slots=True)
class Element:
    """A token or a comment of a statement; `line` and `end_line` are where it was written."""

    kind: str
    text: str
    line: int
    end_line: int


@dataclass(slots=True)
class _Bracket:
    """An open bracket: whether it is broken over lines, whether it holds items, and where its content begins."""

    broken: bool
    of_items: bool
    indent: int


def statement(elements: Sequence[Element], indent: int) -> list[str]:
    """The lines of a statement that is indented by `indent` spaces. Comments may stand only inside brackets."""
    return _Writer(_tidied(list(elements)), indent).lines()


def _tidied(elements: list[Element]) -> list[Element]:
    """The elements with commas before comments, and at the end of the items only where the bracket is broken."""
    _commas_first(elements)
    done: list[Element] = []
    opened: list[tuple[int, bool]] = []
    for number, element in enumerate(elements):
        if element.kind in _OPENING:
            opened.append((len(done), _is_broken(elements, number)))
        elif element.kind in _CLOSING and opened:
            begin, broken = opened.pop()
            last = next((i for i in range(len(done) - 1, begin, -1) if done[i].kind != "COMMENT"), None)
            of_items = done[begin].kind in _OF_ITEMS
            if last is not None and of_items and broken and done[last].kind != "COMMA":
                done.insert(last + 1, Element("COMMA", ",", done[last].end_line, done[last].end_line))
            elif last is not None and not broken and done[last].kind == "COMMA":
                del done[last]
        done.append(element)
    return done


def _commas_first(elements: list[Element]) -> None:
    """Move each comma in front of the comments before it: it belongs to the item."""
    for number, element in enumerate(elements):
        to = number
        while element.kind == "COMMA" and to > 0 and elements[to - 1].kind == "COMMENT":
            to -= 1
        if to < number:
            before = elements[to - 1]
            del elements[number]
            elements.insert(to, Element("COMMA", ",", before.end_line, before.end_line))


def _is_broken(elements: Sequence[Element], opening: int) -> bool:
    """Whether the bracket was written over several lines; a bracket within it, or a text, alone does not make it so."""
    depth = 0
    before = elements[opening]
    for number in range(opening + 1, len(elements)):
        element = elements[number]
        if depth == 0 and (element.line > before.end_line or element.kind == "COMMENT"):
            # An empty pair of brackets has nothing to be broken over.
            return element.kind not in _CLOSING or number > opening + 1
        if element.kind in _OPENING:
            depth += 1
        elif element.kind in _CLOSING:
            if depth == 0:
                return False
            depth -= 1
        before = element
    return False


class _Writer:
    def __init__(self, elements: list[Element], indent: int) -> None:
        self.elements = elements
        self.written: list[str] = []
        self.margin = indent
        self.line = " " * indent
        self.brackets: list[_Bracket] = []
        self.signs: set[int] = set()

    def lines(self) -> list[str]:
        for number, element in enumerate(self.elements):
            before = self.elements[number - 1] if number else None
            if element.kind == "COMMENT":
                self._comment(element, before)
                continue
            bracket = self.brackets[-1] if self.brackets else None
            if element.kind in _CLOSING and bracket is not None:
                self.brackets.pop()
                if bracket.broken:
                    self._break(bracket.indent - INDENT)
            elif (
                bracket is not None and bracket.broken and before is not None and self._breaks(bracket, before, element)
            ):
                self._break(bracket.indent)
            if self.line.strip() and self._spaced(number):
                self.line += " "
            self.line += element.text
            if element.kind in ("MINUS", "PLUS") and self._kind(number - 1) in _BEFORE_SIGN:
                self.signs.add(number)
            if element.kind in _OPENING:
                self._open(number)
        self.written.append(self.line)
        return [line.rstrip() if not line.strip() else line for line in self.written]

    def _open(self, number: int) -> None:
        broken = _is_broken(self.elements, number)
        kind = self.elements[number].kind
        self.brackets.append(_Bracket(broken, kind in _OF_ITEMS, self.margin + INDENT))
        if broken:
            self._break(self.margin + INDENT)

    def _breaks(self, bracket: _Bracket, before: Element, element: Element) -> bool:
        """Whether a line ends here inside of a broken bracket."""
        if bracket.of_items:
            return before.kind == "COMMA"
        return element.line > before.end_line

    def _comment(self, comment: Element, before: Element | None) -> None:
        alone = before is None or comment.line > before.end_line or before.kind == "COMMENT"
        if not alone and not self.line.strip() and self.written:
            self.written[-1] += f"  {comment.text}"
            return
        if self.line.strip() and alone:
            self._break(self.margin)
        self.line += f"  {comment.text}" if self.line.strip() else comment.text
        self._break(self.margin)

    def _break(self, margin: int) -> None:
        """End the line, if anything stands on it; the next begins at `margin`."""
        if self.line.strip():
            self.written.append(self.line)
        self.margin = margin
        self.line = " " * margin

    def _kind(self, number: int) -> str | None:
        """The kind of the token at or before a number, comments aside."""
        while number >= 0 and self.elements[number].kind == "COMMENT":
            number -= 1
        return self.elements[number].kind if number >= 0 else None

    def _spaced(self, number: int) -> bool:
        """Whether a space stands before an element that does not begin its line."""
        kind, before = self.elements[number].kind, self._kind(number - 1)
        if before is None or before in _OPENING or number - 1 in self.signs:
            return False
        if "ASSIGN" in (kind, before):
            return self._assigns(number if kind == "ASSIGN" else number - 1)
        return kind not in _CLOSE_UP

    def _assigns(self, number: int) -> bool:
        """Whether an equals sign gives a variable its value, rather than an argument."""
        head = self.elements[0].kind
        if head == "GIVEN":
            return number == 2
        opened = [element.kind for element in self.elements[:number]]
        inside = sum(kind in _OPENING for kind in opened) - sum(kind in _CLOSING for kind in opened)
        return head == "SET" and not inside
