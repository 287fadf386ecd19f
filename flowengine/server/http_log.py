"""What the HTTP library has to say, in our log: a request that is no HTTP is a line, not a traceback."""

from __future__ import annotations

import logging

from aiohttp import ClientError
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from flowengine.runtime.log import NAME


def http_log() -> logging.Logger:
    """The logger to give to the library."""
    logger = logging.getLogger(f"{NAME}.http")
    logger.filters[:] = [_shorten]
    return logger


def _shorten(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError | RequestPayloadError | ClientError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args, record.exc_info = "webhook refused", (), None
        record.facts = {"reason": type(error).__name__}
    return True
