"""What the API takes: bodies and queries, with the fields that its description has for them."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from flowengine.sandbox.voipbin.errors import ApiError, invalid
from flowengine.sandbox.voipbin.names import NIL, is_uuid
from flowengine.sandbox.voipbin.perform import KNOWN

Fields = dict[str, Any]
Kind = Callable[[Any], bool]

_ADDRESSES = frozenset({"", "agent", "conference", "email", "extension", "line", "sip", "tel", "web_session"})
_DEFAULT_SIZE = 100
_LARGEST_SIZE = 1000


def text(value: Any) -> bool:
    """A text."""
    return isinstance(value, str)


def integer(value: Any) -> bool:
    """A whole number; JSON has one kind of number, so 30.0 is one too."""
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def boolean(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def mapping(value: Any) -> bool:
    """An object."""
    return isinstance(value, dict)


def texts_by_name(value: Any) -> bool:
    """An object of texts."""
    return isinstance(value, dict) and all(map(text, value.values()))


def uuid(value: Any) -> bool:
    """A UUID, perhaps the nil one."""
    return is_uuid(value)


def moment(value: Any) -> bool:
    """A time with its zone, as RFC 3339 has it."""
    try:
        return text(value) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def or_null(kind: Kind) -> Kind:
    """The same, or null."""
    return lambda value: value is None or kind(value)


def address(value: Any) -> bool:
    """An address."""
    return (
        isinstance(value, dict)
        and all(text(value.get(name, "")) for name in ("target", "target_name", "name", "detail"))
        and text(value.get("type", ""))
        and value.get("type", "") in _ADDRESSES
    )


def action(value: Any) -> bool:
    """An action of a flow."""
    return (
        isinstance(value, dict)
        and text(value.get("type"))
        and value["type"] in KNOWN
        and all(uuid(value[name]) for name in ("id", "next_id") if name in value)
        and mapping(value.get("option", {}))
        and moment(value.get("tm_execute", "2026-01-01T00:00:00Z"))
    )


def attachment(value: Any) -> bool:
    """What an e-mail carries."""
    return (
        isinstance(value, dict)
        and any(value.get("reference_type") == kind for kind in ("", "recording"))
        and "reference_id" in value
        and uuid(value["reference_id"])
    )


def list_of(kind: Kind) -> Kind:
    """A list."""
    return lambda value: isinstance(value, list) and all(map(kind, value))


def one_of(*words: str) -> Kind:
    """One of these words."""
    return lambda value: isinstance(value, str) and value in words


KINDS: dict[str, Kind] = {
    "text": text,
    "int": integer,
    "bool": boolean,
    "object": mapping,
    "variables": texts_by_name,
    "uuid": uuid,
    "address": address,
    "addresses": list_of(address),
    "actions": list_of(action),
    "somebody": lambda value: isinstance(value, list) and bool(value) and all(map(address, value)),
    "attachments": list_of(attachment),
    "texts": list_of(text),
    "text?": or_null(text),
    "texts?": or_null(list_of(text)),
    "uuids": list_of(text),
    "auth_types": list_of(one_of("basic", "ip")),
    "method": one_of("", "POST", "GET", "PUT", "DELETE"),
    "anonymous": one_of("yes", "no", "auto"),
    "mute": one_of("", "both", "out", "in"),
    "wav": one_of("wav"),
    "number_type": one_of("normal", "virtual"),
    "conference_type": one_of("", "conference", "connect", "queue"),
    "transfer_type": one_of("attended", "blind"),
    "ring_method": one_of("", "ring_all", "linear"),
    "answer_method": one_of("", "hangup_others"),
    "routing_method": one_of("", "random"),
    "campaign_type": one_of("call", "flow"),
    "campaign_status": one_of("stop", "stopping", "run"),
    "end_handle": one_of("stop", "continue"),
    "payment_type": one_of("", "prepaid"),
    "payment_method": one_of("", "credit card"),
    "transcribed": one_of("unknown", "recording", "call", "confbridge"),
    "direction": one_of("both", "in", "out"),
    "provider": one_of("", "gcp", "aws"),
}


class Shape:
    """The fields of a body, written as `name*:kind other:kind`; with a star they are required, without a kind texts."""

    def __init__(self, fields: str) -> None:
        self.kinds: dict[str, Kind] = {}
        self.required: list[str] = []
        for field in fields.split():
            name, _, kind = field.partition(":")
            if name.endswith("*"):
                name = name[:-1]
                self.required.append(name)
            self.kinds[name] = KINDS[kind or "text"]

    def check(self, body: Mapping[str, Any]) -> Fields:
        """The fields of a body that are known.

        Raises:
            ApiError: 400.
        """
        for name in self.required:
            if name not in body:
                raise invalid(f"{name} is required")
        found = {name: body[name] for name in self.kinds if name in body}
        for name, value in found.items():
            if not self.kinds[name](value):
                raise invalid(f"{name} is not as it must be")
        return {name: _kept(name, value) for name, value in found.items() if value is not None}


def _kept(name: str, value: Any) -> Any:
    """A value as it is kept: what should be the id of something and is none is unset."""
    if name.endswith("_id") and not is_uuid(value):
        return NIL
    if name == "tag_ids":
        return [one for one in value if is_uuid(one)]
    return int(value) if isinstance(value, float) else value


async def read_body(request: web.Request, shape: Shape, *, required: bool = True) -> Fields:
    """The body of a request.

    Raises:
        ApiError: 400, it is no JSON object or not of this shape.
    """
    raw = await request.read()
    if not raw and not required:
        return {}
    if request.content_type != "application/json":
        raise ApiError(400, "INVALID_JSON_BODY", "The body is to be application/json.")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise ApiError(400, "INVALID_JSON_BODY", "The body is no JSON.") from None
    if not isinstance(body, dict):
        raise ApiError(400, "INVALID_JSON_BODY", "The body is no JSON object.")
    return shape.check(body)


def read_page(request: web.Request) -> tuple[int, str]:
    """The size of a page and its token.

    Raises:
        ApiError: 400.
    """
    size = request.query.get("page_size", str(_DEFAULT_SIZE))
    if not (size.removeprefix("-").isascii() and size.removeprefix("-").isdigit() and len(size) < 19):
        raise ApiError(400, "INVALID_REQUEST_PARAMETER", "page_size is no number")
    return max(1, min(_LARGEST_SIZE, int(size))), request.query.get("page_token", "")
