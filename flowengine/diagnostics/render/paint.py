"""Colour for terminals, as ANSI sequences."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.diagnostics.model import Severity

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_SEVERITY = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}
_FRAME = "\x1b[1;34m"
_HINT = "\x1b[36m"


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts colour on parts of a line, or leaves them as they are."""

    on: bool

    def bold(self, text: str) -> str:
        """What must be read first."""
        return self._wrap(_BOLD, text)

    def severity(self, text: str, severity: Severity) -> str:
        """What belongs to the finding itself: its heading and its underline."""
        return self._wrap(_SEVERITY[severity], text)

    def frame(self, text: str) -> str:
        """What holds the source: line numbers, bars, the underline of a second place."""
        return self._wrap(_FRAME, text)

    def hint(self, text: str) -> str:
        """What to do."""
        return self._wrap(_HINT, text)

    def _wrap(self, start: str, text: str) -> str:
        return f"{start}{text}{_RESET}" if self.on and text else text
