"""The terminal of `flowengine call`: what is said scrolls by, one line takes what the person does, time runs in it."""

from __future__ import annotations

import sys
from os import environ
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from flowengine.simulator.transcript import Who

_STYLES = {Who.FLOW: "1", Who.CALLER: "36", Who.PEER: "35", Who.NOTE: "2"}
_SAVE, _RESTORE = "\x1b7", "\x1b8"


class Terminal:
    """Reads lines without stopping time. Colour and the running clock only where a person looks at them."""

    def __init__(self) -> None:
        self.live = sys.stdin.isatty() and sys.stdout.isatty()
        self._colour = sys.stdout.isatty() and not environ.get("NO_COLOR")
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reader: Thread | None = None

    def show(self, who: Who, text: str) -> None:
        """A line of the conversation."""
        first, *more = text.splitlines() or [""]
        print("\n".join([f"{self._paint(f'{who:<6}', _STYLES[who])}  {first}", *(f"        {line}" for line in more)]))

    def tell(self, text: str) -> None:
        """A line from the command itself, not of the conversation."""
        print(self._paint(text, "2"), flush=True)

    def ask(self, due: float | None = None) -> tuple[str | None, float]:
        """The next line that the person types, and the seconds until it came.

        The line is None at the end of the input, and empty when `due` seconds went by without one.
        """
        if self._reader is None:
            # A daemon: a read that nobody waits for any more must not keep the process.
            self._reader = Thread(target=self._read, name="keyboard", daemon=True)
            self._reader.start()
        began = monotonic()
        self._prompt(due)
        while True:
            passed = monotonic() - began
            left = None if due is None else due - passed
            if left is not None and left <= 0:
                self._end_of_line()
                return "", due or 0.0
            try:
                line = self._lines.get(timeout=self._tick(left))
            except Empty:
                self._count_down(None if due is None else due - (monotonic() - began))
                continue
            if line is None:
                self._end_of_line()
            return (line if line is None else line.strip() or "\n"), monotonic() - began

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line)
        self._lines.put(None)

    def _tick(self, left: float | None) -> float | None:
        return left if left is None or not self.live else min(left, 0.2)

    def _prompt(self, left: float | None) -> None:
        if self.live:
            print(self._clock(left), end="", flush=True)

    def _count_down(self, left: float | None) -> None:
        """Write the clock anew; what the person is typing stays where it is."""
        if self.live and left is not None:
            print(f"{_SAVE}\r{self._clock(left)}{_RESTORE}", end="", flush=True)

    def _clock(self, left: float | None) -> str:
        seconds = "   " if left is None else f"{max(0, round(left)):3d}" if left < 1000 else "999"
        return self._paint(f"{seconds} > ", "2")

    def _end_of_line(self) -> None:
        if self.live:
            print()

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour else text
