"""The texts that findings point into. Reading files is the caller's business: this room does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Sources:
    """A project's texts by file name, as spans name them: relative, with forward slashes."""

    texts: Mapping[str, str]
    _lines: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def line(self, file: str, number: int) -> str | None:
        """The line `number` (1-based) of `file` without its line end, or None where there is no such file or line."""
        lines = self.lines(file)
        return lines[number - 1] if 0 < number <= len(lines) else None

    def lines(self, file: str) -> tuple[str, ...]:
        """All lines of `file`; none for a file that is not here.

        Only line feeds part lines (a carriage return before one belongs to it). `str.splitlines` would also part
        them at a form feed or a U+2028 inside a text, and every line number below would be wrong.
        """
        if file not in self._lines:
            text = self.texts.get(file, "").removeprefix(_BYTE_ORDER_MARK)
            parts = text.split("\n") if text else []
            self._lines[file] = tuple(part.removesuffix("\r") for part in parts)
        return self._lines[file]
