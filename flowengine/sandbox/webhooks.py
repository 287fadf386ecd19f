"""The requests that the carrier makes to its customers: for documents, and to tell what happened."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import aiohttp
from yarl import URL

from flowengine.sandbox.documents.node import MAX_BYTES, DocumentError
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.leg import Leg

Values = dict[str, str | int | float]
Fields = Mapping[str, str | int | float]

# What our field names are in the vocabulary of TwiML applications, where it is not the same name in CamelCase.
_TWIML_NAMES = {
    "call_id": "CallSid",
    "account_id": "AccountSid",
    "status": "CallStatus",
    "duration": "CallDuration",
    "parent_call_id": "ParentCallSid",
    "speech": "SpeechResult",
    "dial_call_id": "DialCallSid",
    "recording_id": "RecordingSid",
    "queue_id": "QueueSid",
    "conference_id": "ConferenceSid",
    "event": "StatusCallbackEvent",
}


def call_fields(leg: Leg) -> Values:
    """What every request about a call says of it."""
    fields: Values = {
        "call_id": leg.id,
        "from": leg.caller,
        "to": leg.callee,
        "direction": leg.direction,
        "status": leg.state.value,
    }
    if leg.parent_id:
        fields["parent_call_id"] = leg.parent_id
    if leg.answered_by is not None and leg.direction == "outbound":
        fields["answered_by"] = leg.answered_by
    return fields


def _in_twiml(fields: Fields) -> Values:
    renamed: Values = {"ApiVersion": "2010-04-01"}
    for name, value in fields.items():
        camel = _TWIML_NAMES.get(name) or "".join(part.capitalize() for part in name.split("_"))
        if name == "direction" and value == "outbound":
            value = "outbound-dial" if "parent_call_id" in fields else "outbound-api"
        renamed[camel] = value
    return renamed


class WebhookError(Exception):
    """A webhook could not be reached, took too long, or answered with another status than 2xx."""


class Webhooks:
    """Makes the requests. It has no opinion of what follows from their failure."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        bulletin: Bulletin,
        *,
        vocabulary: Literal["telefonie", "twiml"],
        body: Literal["form", "json"],
        seconds: float,
    ) -> None:
        self._client = client
        self._bulletin = bulletin
        self._vocabulary = vocabulary
        self._body = body
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def request(self, call_id: str, url: str, method: str, fields: Fields) -> tuple[bytes, str, str]:
        """Call a webhook; its answer's body, content type and final URL.

        Raises:
            WebhookError: there is no good answer.
        """
        named = _in_twiml(fields) if self._vocabulary == "twiml" else dict(fields)
        texts = {name: str(value) for name, value in named.items()}
        arguments: dict[str, Any]
        try:
            if method == "GET":
                target, arguments = URL(url).update_query(texts), {}
            else:
                target, arguments = URL(url), {"json": named} if self._body == "json" else {"data": texts}
            if target.scheme not in ("http", "https") or not target.host:
                raise WebhookError(f"{url} is no http(s) URL")
            async with self._client.request(method, target, timeout=self._timeout, **arguments) as response:
                body = await response.content.read(MAX_BYTES + 1)
                while len(body) <= MAX_BYTES and (more := await response.content.read(MAX_BYTES + 1 - len(body))):
                    body += more
        except (aiohttp.ClientError, ValueError, TypeError, OSError) as error:
            raise WebhookError(f"{method} {url}: {error or type(error).__name__}") from error
        except TimeoutError as error:
            raise WebhookError(f"{method} {url}: no answer within {self._timeout.total:g} s") from error
        self._bulletin.tell(
            "request", call_id, f"{method} {url} -> {response.status}", url=url, status=response.status, fields=named
        )
        if not 200 <= response.status < 300:
            raise WebhookError(f"{method} {url}: status {response.status}")
        return body, response.headers.get("Content-Type", ""), str(response.url)

    async def notify(self, call_id: str, url: str, fields: Fields, method: str = "POST") -> None:
        """Tell a webhook something; its answer does not matter, a failure is told to the observers."""
        try:
            await self.request(call_id, url, method, fields)
        except WebhookError as error:
            self._bulletin.tell("error", call_id, str(error))

    async def sound(self, url: str) -> bytes:
        """Fetch a sound file.

        Raises:
            WebhookError: it cannot be had.
        """
        try:
            async with self._client.get(URL(url), timeout=self._timeout) as response:
                response.raise_for_status()
                return await response.content.read(16 * MAX_BYTES)
        except (aiohttp.ClientError, ValueError, TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise WebhookError(f"GET {url}: {error or type(error).__name__}") from error


def resolve(base: str, reference: str | None) -> str:
    """`reference` as seen from the document at `base`; the document itself when it is empty or None.

    Raises:
        DocumentError: it is no URL.
    """
    if not reference:
        return base
    try:
        return str(URL(base).join(URL(reference)))
    except ValueError as error:
        raise DocumentError(f"{reference!r} is no URL: {error}") from error
