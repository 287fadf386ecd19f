"""From an HTTP request to a message: form, JSON or query, bounded before it is parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from flowengine.carriers.contract import Message
from flowengine.core.data import TooDeepError, decode
from flowengine.server import forms

LONGEST_BODY = 64 * 1024
"""Bytes of a webhook's body; no carrier comes near it."""

_MOST_FIELDS = 200
_FORM = "application/x-www-form-urlencoded"


class BadRequestError(Exception):
    """The request cannot be read; `status` is the HTTP status to answer with."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


async def read(request: web.Request, prefix: str, at: float) -> Message:
    """The message of a request of aiohttp's; as `message`."""
    try:
        body = await request.read() if request.can_read_body else b""
    except web.HTTPRequestEntityTooLarge:
        raise BadRequestError(413, f"the body is longer than {LONGEST_BODY} bytes") from None
    except (ValueError, OSError, web.HTTPException, web.RequestPayloadError) as error:
        raise BadRequestError(400, f"the body cannot be read: {type(error).__name__}") from None
    return message(request.method, request.raw_path, request.headers, body, prefix, at)


def message(method: str, target: str, headers: Mapping[str, str], body: bytes, prefix: str, at: float) -> Message:
    """The message of a request.

    Args:
        method: in capital letters.
        target: path and query as they were sent.
        headers: looked up by names in lower case.
        body: as it was sent.
        prefix: what the path begins with, up to and with a slash.
        at: Unix time in seconds.

    Raises:
        BadRequestError: it is too long, of another kind, or not what it says it is.
    """
    path, _, query = target.partition("?")
    fields = _form(query.encode("utf-8", "surrogateescape")) if query else {}
    of_body: dict[str, str] | None = None
    if body:
        kind = headers.get("content-type", "")
        if kind != _FORM:
            kind = kind.partition(";")[0].strip().lower()
        if kind == _FORM:
            sent = _form(body)
        elif kind == "application/json":
            sent = _json(body)
        else:
            raise BadRequestError(415, "the body is neither a form nor JSON")
        if fields:
            of_body, fields = sent, {**fields, **sent}
        else:
            fields = sent
    path = path.removeprefix(prefix).rstrip("/")
    parts = path.split("/")
    if "%" in path:
        parts = [unquote(part) for part in parts]
    return Message(tuple(parts), fields, at, method, headers, body, target, of_body)


def _form(form: bytes) -> dict[str, str]:
    try:
        return forms.parse(form, _MOST_FIELDS)
    except ValueError:
        raise BadRequestError(400, f"there are more than {_MOST_FIELDS} fields") from None


def _json(body: bytes) -> dict[str, str]:
    try:
        data = decode(body)
    except TooDeepError:
        raise BadRequestError(400, "the body is nested too deep") from None
    except ValueError:
        raise BadRequestError(400, "the body calls itself JSON and is not") from None
    if not isinstance(data, dict) or len(data) > _MOST_FIELDS:
        raise BadRequestError(400, "the body is no JSON object of fields")
    return {name: _text(value) for name, value in data.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
