"""The calls of the embedded carrier as they go on, for people: who says what, and what became of it."""

from __future__ import annotations

from itertools import count
from typing import TextIO

from flowengine.sandbox import Happening

_FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


class Conversation:
    """Writes each happening as a line, with a short number for the call that it belongs to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._numbers: dict[str, int] = {}
        self._next = count(1)

    def note(self, text: str) -> None:
        """A line that belongs to no call."""
        print(f"-- {text}", file=self._stream, flush=True)

    def happened(self, happening: Happening) -> None:
        """An observer of a `Bulletin`."""
        text = self._text(happening)
        if text is None:
            return
        time = happening.time.astimezone().strftime("%H:%M:%S")
        print(f"{time} {self._label(happening.call_id)} {text}", file=self._stream, flush=True)
        if happening.kind == "call" and happening.data.get("status") in _FINAL:
            self._numbers.pop(happening.call_id, None)

    def _label(self, call: str) -> str:
        if not call:
            return "     "
        if call not in self._numbers:
            self._numbers[call] = next(self._next)
        return f"[{self._numbers[call]}]".ljust(5)

    def _text(self, happening: Happening) -> str | None:
        match happening.kind:
            case "call":
                return happening.text
            case "heard":
                sort = happening.data.get("sort")
                return f"  {happening.text}" if sort == "say" else f"  ({sort}: {happening.text})"
            case "keys":
                return f"> {happening.text}"
            case "spoke":
                return f'> "{happening.text}"'
            case "recording" | "conference" | "queue":
                return f"  ({happening.text})"
            case "error":
                return f"! {happening.text}"
        return None
