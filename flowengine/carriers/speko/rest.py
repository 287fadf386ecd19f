"""Operations of Speko's API as values.

Those on phone numbers are documented; those on calls, credits and webhooks are in its published OpenAPI and SDK. None
takes an idempotency key: what buys or dials is never sent twice. What can be known to be wrong is refused before it is
sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from pydantic import TypeAdapter

from flowengine.carriers.client import InvalidRequestError
from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation
from flowengine.carriers.reading import given, query
from flowengine.carriers.speko.models import (
    AvailablePhoneNumber,
    CallEntry,
    CallEvent,
    CallPage,
    Credits,
    Dialled,
    Direction,
    Ended,
    KybOverview,
    KybSubmission,
    PhoneNumber,
    Transfer,
    WebhookEndpoint,
)

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_AREA_CODE = re.compile(r"[0-9]{3}")
_LONGEST_LABEL = 120

_NUMBERS = TypeAdapter(list[PhoneNumber])
_AVAILABLE = TypeAdapter(list[AvailablePhoneNumber])
_ENDPOINTS = TypeAdapter(list[WebhookEndpoint])
_EVENTS = TypeAdapter(list[CallEvent])


_OF_A_SESSION = frozenset(
    (
        "constraints",
        "llm",
        "sttOptions",
        "systemPrompt",
        "telephony",
        "ttsOptions",
        "turnHandling",
        "variables",
        "voice",
    )
)
_OF_A_BLIND_TRANSFER = frozenset(("headers", "participantIdentity", "playDialtone"))
_OF_A_WARM_TRANSFER = frozenset(
    (
        "destinations",
        "fallback",
        "from",
        "metadata",
        "outboundTrunkId",
        "participantIdentity",
        "summary",
        "voicemailDetection",
        "waitUntilAnswered",
    )
)
_OF_A_COMPLETION = frozenset(("recipientParticipantIdentity", "summary"))
_OF_A_CANCELLATION = frozenset(("summary", "tryNext", "voicemailDetected"))
_OF_A_WEBHOOK = frozenset(
    ("agentIds", "allAgents", "authHeaders", "extractionFields", "filterTags", "headers", "timeoutMs")
)


class _Unset:
    """A field that is left as it is; None clears it."""


UNSET: Final = _Unset()


# Phone numbers.


def list_numbers() -> Operation[list[PhoneNumber]]:
    """`GET /v1/phone-numbers`."""
    return Operation(Request("GET", "/v1/phone-numbers"), _NUMBERS.validate_python)


def buy_number(
    e164: str,
    *,
    direction: Direction | None = None,
    label: str | None = None,
    agent: str | None = None,
    template: Mapping[str, Any] | None = None,
) -> Operation[PhoneNumber]:
    """`POST /v1/phone-numbers`: needs an approved verification, and credits. Without `direction` it is outbound."""
    body = {
        "e164": _e164(e164),
        "direction": direction,
        "label": _label(label),
        "agentId": agent,
        "dispatchMetadataTemplate": template,
    }
    return Operation(Request("POST", "/v1/phone-numbers", given(body)), PhoneNumber.model_validate)


def search_numbers(
    *, area_code: str | None = None, locality: str | None = None, limit: int | None = None
) -> Operation[list[AvailablePhoneNumber]]:
    """`GET /v1/phone-numbers/available`; `limit` is 1 to 50, 10 when not given."""
    if area_code is not None and not _AREA_CODE.fullmatch(area_code):
        raise InvalidRequestError(f"speko takes area codes of three digits, not {area_code!r}")
    if limit is not None and not 1 <= limit <= 50:
        raise InvalidRequestError("speko gives 1 to 50 numbers at once")
    wanted = query({"areaCode": area_code, "locality": locality, "limit": limit})
    return Operation(Request("GET", "/v1/phone-numbers/available", query=wanted), _AVAILABLE.validate_python)


def import_number(
    e164: str,
    *,
    sip_connection: str | None = None,
    sip_trunk: str | None = None,
    provider: str | None = None,
    direction: Direction | None = None,
    label: str | None = None,
    agent: str | None = None,
    template: Mapping[str, Any] | None = None,
) -> Operation[PhoneNumber]:
    """`POST /v1/phone-numbers/import`: a number of a SIP trunk of ours."""
    if not (sip_connection or sip_trunk):
        raise InvalidRequestError("speko needs the SIP connection that the number is reached over")
    body = {
        "e164": _e164(e164),
        "sipConnectionInstallationId": sip_connection,
        "sipTrunkId": sip_trunk,
        "sipProviderName": provider,
        "direction": direction,
        "label": _label(label),
        "agentId": agent,
        "dispatchMetadataTemplate": template,
    }
    return Operation(Request("POST", "/v1/phone-numbers/import", given(body)), PhoneNumber.model_validate)


def get_number(number: str) -> Operation[PhoneNumber]:
    """`GET /v1/phone-numbers/{id}`."""
    return Operation(Request("GET", _number(number)), PhoneNumber.model_validate)


def change_number(
    number: str,
    *,
    direction: Direction | _Unset = UNSET,
    label: str | _Unset | None = UNSET,
    agent: str | _Unset | None = UNSET,
    template: Mapping[str, Any] | _Unset | None = UNSET,
) -> Operation[PhoneNumber]:
    """`PATCH /v1/phone-numbers/{id}`: only what is given is changed; None clears it. To do it twice does no harm."""
    if isinstance(label, str):
        _label(label)
    fields = {"direction": direction, "label": label, "agentId": agent, "dispatchMetadataTemplate": template}
    body = {name: value for name, value in fields.items() if not isinstance(value, _Unset)}
    return Operation(Request("PATCH", _number(number), body, again=True), PhoneNumber.model_validate)


def release_number(number: str) -> Operation[bool]:
    """`DELETE /v1/phone-numbers/{id}`: whether it was released."""
    return Operation(Request("DELETE", _number(number)), lambda answer: bool(_field(answer, "released")))


# The verification of the business.


def get_kyb() -> Operation[KybOverview]:
    """`GET /v1/phone-numbers/kyb`."""
    return Operation(Request("GET", "/v1/phone-numbers/kyb"), KybOverview.model_validate)


def draft_kyb(business: Mapping[str, Any], representative: Mapping[str, Any]) -> Operation[KybSubmission]:
    """`PUT /v1/phone-numbers/kyb/draft`."""
    body = {"businessProfile": dict(business), "authorizedRepresentative": dict(representative)}
    return Operation(Request("PUT", "/v1/phone-numbers/kyb/draft", body), KybSubmission.model_validate)


def submit_kyb(
    business: Mapping[str, Any], representative: Mapping[str, Any], *, attested: bool
) -> Operation[KybSubmission]:
    """`POST /v1/phone-numbers/kyb/submit`: somebody has to attest that it is true."""
    if not attested:
        raise InvalidRequestError("speko takes a verification only with the attestation that it is true")
    body = {
        "businessProfile": dict(business),
        "authorizedRepresentative": dict(representative),
        "attestationAccepted": True,
    }
    return Operation(Request("POST", "/v1/phone-numbers/kyb/submit", body), KybSubmission.model_validate)


# Calls.


def dial(
    to: str,
    *,
    caller: str | None = None,
    agent: str | None = None,
    intent: Mapping[str, Any] | None = None,
    first_message: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    longest: int | None = None,
    tags: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Operation[Dialled]:
    """`POST /v1/sessions/phone`: call `to`, and let an agent talk. `longest` is in seconds, 30 to 14,400; `more` are
    fields of the agent's own (voices, models, telephony) by their names."""
    if not (agent or intent):
        raise InvalidRequestError("speko needs the agent that talks: set carriers.speko.agent")
    body = {
        "to": _e164(to),
        "from": None if caller is None else _e164(caller),
        "agentId": agent,
        "intent": intent,
        "firstMessage": first_message,
        "metadata": metadata,
        "maxDurationSeconds": longest,
        "webhookTags": tags,
        **_more(more, _OF_A_SESSION),
    }
    return Operation(Request("POST", "/v1/sessions/phone", given(body)), Dialled.model_validate)


def list_calls(
    agent: str, *, limit: int | None = None, cursor: str | None = None, since: str | None = None
) -> Operation[CallPage]:
    """`GET /v1/agents/{id}/calls`, the newest first; `limit` is at most 100, `since` a time in ISO 8601."""
    path = f"/v1/agents/{quote(agent, safe='')}/calls"
    wanted = query({"limit": limit, "cursor": cursor, "since": since})
    return Operation(Request("GET", path, query=wanted), CallPage.model_validate)


def get_call(call: str) -> Operation[CallEntry]:
    """`GET /v1/calls/{id}`."""
    return Operation(Request("GET", _call(call)), CallEntry.model_validate)


def list_events(call: str) -> Operation[list[CallEvent]]:
    """`GET /v1/calls/{id}/events`."""
    return Operation(
        Request("GET", f"{_call(call)}/events"), lambda answer: _EVENTS.validate_python(_field(answer, "events"))
    )


def get_recording(call: str) -> Operation[str]:
    """`GET /v1/calls/{id}/recording`: a signed URL."""
    return Operation(Request("GET", f"{_call(call)}/recording"), lambda answer: str(_field(answer, "url")))


def end_call(call: str) -> Operation[Ended]:
    """`POST /v1/calls/{id}/end`. To do it twice does no harm."""
    return Operation(Request("POST", f"{_call(call)}/end", again=True), Ended.model_validate)


def transfer_blind(
    call: str, to: str, *, ringing: int | None = None, more: Mapping[str, Any] | None = None
) -> Operation[Transfer]:
    """`POST /v1/calls/{id}/transfers/blind`; `ringing` is in seconds, 1 to 120; `more` are further fields by name."""
    body = given({"to": to, "ringingTimeout": ringing}) | _more(more, _OF_A_BLIND_TRANSFER)
    return Operation(Request("POST", f"{_call(call)}/transfers/blind", body), Transfer.model_validate)


def transfer_warm(
    call: str,
    to: str | None = None,
    *,
    prompt: str | None = None,
    ringing: int | None = None,
    more: Mapping[str, Any] | None = None,
) -> Operation[Transfer]:
    """`POST /v1/calls/{id}/transfers/warm`: the agent first tells the other what it is about. `more` are further fields
    by name, such as `destinations` in place of `to`."""
    body = given({"to": to, "screeningPrompt": prompt, "ringingTimeout": ringing}) | _more(more, _OF_A_WARM_TRANSFER)
    return Operation(Request("POST", f"{_call(call)}/transfers/warm", body), Transfer.model_validate)


def complete_transfer(call: str, transfer: str, *, more: Mapping[str, Any] | None = None) -> Operation[Transfer]:
    """`POST /v1/calls/{id}/transfers/{transferId}/complete`; `more` are its fields by name."""
    path = f"{_call(call)}/transfers/{quote(transfer, safe='')}/complete"
    return Operation(Request("POST", path, _more(more, _OF_A_COMPLETION)), Transfer.model_validate)


def cancel_transfer(
    call: str, transfer: str, *, reason: str | None = None, more: Mapping[str, Any] | None = None
) -> Operation[Transfer]:
    """`POST /v1/calls/{id}/transfers/{transferId}/cancel`; `more` are further fields by name."""
    path = f"{_call(call)}/transfers/{quote(transfer, safe='')}/cancel"
    body = given({"reason": reason}) | _more(more, _OF_A_CANCELLATION)
    return Operation(Request("POST", path, body), Transfer.model_validate)


# Credits and webhooks.


def get_credits() -> Operation[Credits]:
    """`GET /v1/credits/balance`."""
    return Operation(Request("GET", "/v1/credits/balance"), Credits.model_validate)


def list_webhooks() -> Operation[list[WebhookEndpoint]]:
    """`GET /v1/webhooks`."""
    return Operation(Request("GET", "/v1/webhooks"), lambda answer: _ENDPOINTS.validate_python(_field(answer, "data")))


def create_webhook(
    name: str, url: str, events: list[str], *, secret: str | None = None, more: Mapping[str, Any] | None = None
) -> Operation[WebhookEndpoint]:
    """`POST /v1/webhooks`; with `secret` it is signed with that one, else with the workspace's. `more` are further
    fields by name, such as `agentIds`."""
    body: dict[str, Any] = {"name": name, "url": url, "events": events, **_more(more, _OF_A_WEBHOOK)}
    if secret:
        body |= {"signingSecretSource": "custom", "signingSecret": secret}
    return Operation(Request("POST", "/v1/webhooks", body), WebhookEndpoint.model_validate)


def get_webhook(webhook: str) -> Operation[WebhookEndpoint]:
    """`GET /v1/webhooks/{id}`."""
    return Operation(Request("GET", _webhook(webhook)), WebhookEndpoint.model_validate)


def change_webhook(webhook: str, fields: Mapping[str, Any]) -> Operation[WebhookEndpoint]:
    """`PATCH /v1/webhooks/{id}`: only what is given, by its name. To do it twice does no harm."""
    known = _OF_A_WEBHOOK | {"name", "url", "events", "signingSecretSource", "signingSecret"}
    return Operation(
        Request("PATCH", _webhook(webhook), _more(fields, known), again=True), WebhookEndpoint.model_validate
    )


def delete_webhook(webhook: str) -> Operation[None]:
    """`DELETE /v1/webhooks/{id}`."""
    return Operation(Request("DELETE", _webhook(webhook)), lambda _: None)


def _webhook(webhook: str) -> str:
    return f"/v1/webhooks/{quote(webhook, safe='')}"


def _more(fields: Mapping[str, Any] | None, known: frozenset[str]) -> dict[str, Any]:
    """Further fields of a body. A name that the carrier does not know would quietly do nothing."""
    for name in fields or ():
        if name not in known:
            raise InvalidRequestError(f"speko has no field {name} here: there are {', '.join(sorted(known))}")
    return dict(fields or {})


def _number(number: str) -> str:
    return f"/v1/phone-numbers/{quote(number, safe='')}"


def _call(call: str) -> str:
    return f"/v1/calls/{quote(call, safe='')}"


def _field(answer: Any, name: str) -> Any:
    if not isinstance(answer, dict) or name not in answer:
        raise ValueError(f"the answer has no {name}")
    return answer[name]


def _e164(number: str) -> str:
    if not _E164.fullmatch(number):
        raise InvalidRequestError(f"speko takes numbers such as +12015551234, not {number!r}")
    return number


def _label(label: str | None) -> str | None:
    if label is not None and len(label) > _LONGEST_LABEL:
        raise InvalidRequestError(f"speko takes labels of {_LONGEST_LABEL} characters at most")
    return label
