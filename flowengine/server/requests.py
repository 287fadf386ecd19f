"""From an HTTP request to a message: form, JSON or query, bounded before it is parsed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web

from flowengine.carriers.contract import Message

LONGEST_BODY = 64 * 1024
"""Bytes of a webhook's body; no carrier comes near it."""

_MOST_FIELDS = 200


class BadRequestError(Exception):
    """The request cannot be read; `status` is the HTTP status to answer with."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


async def read(request: web.Request, prefix: str, at: float) -> Message:
    """The message of a request below `prefix`, which ends in a slash.

    Raises:
        BadRequestError: it is too long, of another kind, or not what it says it is.
    """
    try:
        body = await request.read() if request.can_read_body else b""
    except web.HTTPRequestEntityTooLarge:
        raise BadRequestError(413, f"the body is longer than {LONGEST_BODY} bytes") from None
    except (ValueError, OSError, web.HTTPException, web.RequestPayloadError) as error:
        raise BadRequestError(400, f"the body cannot be read: {type(error).__name__}") from None
    target = request.raw_path
    path, _, query = target.partition("?")
    fields = _form(query) if query else {}
    if body:
        kind = request.content_type
        if kind == "application/x-www-form-urlencoded":
            fields.update(_form(body.decode("utf-8", "replace")))
        elif kind == "application/json":
            fields.update(_json(body))
        else:
            raise BadRequestError(415, "the body is neither a form nor JSON")
    parts = tuple(unquote(part) for part in path.removeprefix(prefix).rstrip("/").split("/"))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Message(parts, fields, at, request.method, headers, body, target)


def _form(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadRequestError(400, f"there are more than {_MOST_FIELDS} fields") from None
    return dict(pairs)


def _json(body: bytes) -> dict[str, str]:
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequestError(400, "the body calls itself JSON and is not") from None
    if not isinstance(data, dict) or len(data) > _MOST_FIELDS:
        raise BadRequestError(400, "the body is no JSON object of fields")
    return {name: _text(value) for name, value in data.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
