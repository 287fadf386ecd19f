"""The log: one line a turn, as JSON for machines or as text for people, without secrets."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec

NAME = "flowengine"
_LIBRARIES = ("opentelemetry",)
"""Whose warnings are written in our form, too."""
LOGGERS = (NAME, *_LIBRARIES)
"""The loggers that `set_up` sets up."""

_SECRET = re.compile(
    r"(?i)((?:api|access)[-_]?key|authorization|bearer|token|secret|password|signature)"
    r"([\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic)\s+)?|\s+)[^\s\"',;&]+"
)
_TURN_URL = re.compile(r"/turn/[0-9a-f]{24}/")


def clean(text: str) -> str:
    """The text without what looks like a key, and on one line: a caller's text never begins a line of the log."""
    text = _TURN_URL.sub("/turn/…/", _SECRET.sub(r"\1\2…", text))
    return text.replace("\r", "\\r").replace("\n", "\\n")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": clean(record.getMessage()),
        }
        for name, value in getattr(record, "facts", {}).items():
            line[name] = clean(value) if isinstance(value, str) else value
        if record.exc_info:
            line["error"] = clean(self.formatException(record.exc_info))
        return msgspec.json.encode(line).decode("utf-8", "replace")


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        facts = "".join(f"  {name}={_shown(value)}" for name, value in getattr(record, "facts", {}).items())
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        line = f"{time}  {level}{clean(record.getMessage())}{facts}"
        return f"{line}\n{clean(self.formatException(record.exc_info))}" if record.exc_info else line


def _shown(value: Any) -> str:
    return clean(value) if isinstance(value, str) else str(value)


def set_up(form: Literal["json", "text"], level: str = "info", stream: TextIO | None = None) -> None:
    """Let the log go to `stream` (the error stream unless given), from `level` on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level.upper() if name == NAME else logging.WARNING)


class Log:
    """Writes events with their facts."""

    def __init__(self, name: str = NAME) -> None:
        self._logger = logging.getLogger(name)

    def __call__(self, event: str, level: int = logging.INFO, **facts: Any) -> None:
        """Write one line."""
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"facts": facts})

    def wants(self, level: int) -> bool:
        """Whether lines of this level are written at all: not to make what nobody reads."""
        return self._logger.isEnabledFor(level)

    def warning(self, event: str, **facts: Any) -> None:
        """Write one line about something that somebody should look at."""
        self(event, logging.WARNING, **facts)

    def error(self, event: str, **facts: Any) -> None:
        """Write one line about something that failed."""
        self(event, logging.ERROR, **facts)

    def crash(self, event: str, error: BaseException, **facts: Any) -> None:
        """Write one line about a fault of our own, with where it happened."""
        self._logger.error(event, exc_info=error, extra={"facts": facts})
