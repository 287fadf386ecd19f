"""What the carriers' OpenAPI files document, and each operation of ours with everything that it can send."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from flowengine.carriers.finespeak import rest as finespeak
from flowengine.carriers.operation import Operation
from flowengine.carriers.sms_voip import rest as sms_voip
from flowengine.carriers.speko import rest as speko
from flowengine.carriers.speko import watching
from flowengine.carriers.telefonie import messages, numbers, recordings
from flowengine.carriers.telefonie import rest as voice

FOLDER = Path(__file__).parents[1] / "data" / "openapi"
PERSON = {"name": "Ada", "title": "Director", "email": "ada@example.com"}


@dataclass(frozen=True)
class Documented:
    """An operation as an OpenAPI file has it. `fields` are those of its body."""

    name: str
    method: str
    path: str
    query: frozenset[str]
    fields: frozenset[str]
    headers: frozenset[str]
    statuses: tuple[str, ...]
    inferred: frozenset[str]


FILES = {
    "Telefonie Voice": "telefonie-voice.yml",
    "Telefonie SMS": "telefonie-sms.yml",
    "Telefonie Numbers": "telefonie-numbers.yml",
    "Telefonie Recordings": "telefonie-recording.yml",
    "VoIPBIN": "voipbin.json",
    "FineSpeak": "finespeak.yml",
    "sms-voip": "sms-voip.yml",
    "Speko": "speko.json",
}


def operations(title: str) -> list[Documented]:
    """The operations of a file."""
    text = (FOLDER / FILES[title]).read_text("utf-8")
    document = json.loads(text) if FILES[title].endswith("json") else yaml.safe_load(text)
    return list(_operations(document))


def _operations(document: dict[str, Any]) -> Iterator[Documented]:
    for path, item in document["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method not in item:
                continue
            operation = item[method]
            given = [*item.get("parameters", []), *operation.get("parameters", [])]
            parameters = [_resolve(document, each) for each in given]
            fields, inferred = _fields(document, operation)
            yield Documented(
                operation.get("operationId", f"{method} {path}"),
                method.upper(),
                path,
                frozenset(each["name"] for each in parameters if each["in"] == "query"),
                fields,
                frozenset(each["name"] for each in parameters if each["in"] == "header"),
                tuple(str(status) for status in operation["responses"]),
                inferred,
            )


def _fields(document: dict[str, Any], operation: dict[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    body = _resolve(document, operation.get("requestBody", {}))
    content = body.get("content", {}).get("application/json", {})
    properties = _properties(document, content.get("schema", {}))
    inferred = {name for name, schema in properties.items() if str(schema.get("x-evidence", "")).startswith("inferred")}
    return frozenset(properties), frozenset(inferred)


def _properties(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    schema = _resolve(document, schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= _properties(document, part)
    return found


def _resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


B = "https://example.com/api"
SAID_OF_A_SESSION = {"to", "from", "agentId", "intent", "firstMessage", "metadata", "maxDurationSeconds", "webhookTags"}


def fields_of(title: str, operation: str, but: Iterable[str] = ()) -> dict[str, Any]:
    """Every documented field of an operation's body but some, with any value."""
    (found,) = (each for each in operations(title) if each.name == operation)
    return dict.fromkeys(found.fields - set(but), "x")


OURS: dict[str, dict[str, Operation[Any]]] = {
    "FineSpeak": {
        "listAvailableNumbers": finespeak.search_numbers(country="US", area_code="415"),
        "purchaseNumber": finespeak.purchase_number("+14155551234", "Support"),
        "listNumbers": finespeak.list_numbers(),
        "makeCall": finespeak.make_call("+14155551234", "+14155555678", "https://example.com/status"),
        "getCall": finespeak.get_call("{call_id}"),
        "endCall": finespeak.end_call("{call_id}"),
        "sendSms": finespeak.send_message("+14155551234", "+14155555678", "Hello"),
        "listMessages": finespeak.list_messages(50),
    },
    "sms-voip": {
        "ping": sms_voip.ping(),
        "getStatus": sms_voip.get_status(),
        "getRates": sms_voip.list_rates(),
        "sendSms": sms_voip.send_message("+1", "Hi", key="k", sender="Shop", callback_url=B),
        "setCallerId": sms_voip.set_caller_id("+1", key="k"),
        "setSipPassword": sms_voip.set_sip_password("secret", key="k"),
        "topUpSipWallet": sms_voip.top_up(Decimal(25), key="k"),
        "getCallLogs": sms_voip.list_logs(limit=10, offset=0, search="+1555"),
        "placeCall": sms_voip.place_call("+1", key="k", sender="+1", caller_id="+1", callback_url=B, record=True),
    },
    "Speko": {
        "listPhoneNumbers": speko.list_numbers(),
        "createPhoneNumber": speko.buy_number("+12015551234", direction="both", label="x", agent="a", template={}),
        "searchAvailablePhoneNumbers": speko.search_numbers(area_code="415", locality="Boston", limit=5),
        "importSipTrunkPhoneNumber": speko.import_number(
            "+12015551234",
            sip_connection="c",
            sip_trunk="t",
            provider="p",
            direction="both",
            label="x",
            agent="a",
            template={},
        ),
        "getPhoneNumberKyb": speko.get_kyb(),
        "savePhoneNumberKybDraft": speko.draft_kyb({}, PERSON),
        "submitPhoneNumberKyb": speko.submit_kyb({}, PERSON, attested=True),
        "getPhoneNumber": speko.get_number("{id}"),
        "updatePhoneNumber": speko.change_number("{id}", direction="both", label=None, agent=None, template=None),
        "deletePhoneNumber": speko.release_number("{id}"),
        "createPhoneSession": speko.dial(
            "+12015551234",
            caller="+12015551235",
            agent="a",
            intent={},
            first_message="Hi",
            metadata={},
            longest=60,
            tags={},
            more=fields_of("Speko", "createPhoneSession", but=SAID_OF_A_SESSION),
        ),
        "listAgentCalls": speko.list_calls("{id}", limit=5, cursor="c", since="2026-01-01T00:00:00Z"),
        "getCall": speko.get_call("{id}"),
        "listCallEvents": speko.list_events("{id}"),
        "getCallReport": watching.get_report("{id}"),
        "finalizeCallReport": watching.finalize_report("{id}", analysis=True, webhook=True),
        "getCallRecording": speko.get_recording("{id}"),
        "blindTransferCall": speko.transfer_blind(
            "{id}", "+1", ringing=5, more=fields_of("Speko", "blindTransferCall", but={"to", "ringingTimeout"})
        ),
        "warmTransferCall": speko.transfer_warm(
            "{id}",
            "+1",
            prompt="Who is it?",
            ringing=5,
            more=fields_of("Speko", "warmTransferCall", but={"to", "screeningPrompt", "ringingTimeout"}),
        ),
        "completeWarmTransfer": speko.complete_transfer(
            "{id}", "{transferId}", more=fields_of("Speko", "completeWarmTransfer")
        ),
        "cancelWarmTransfer": speko.cancel_transfer(
            "{id}", "{transferId}", reason="r", more=fields_of("Speko", "cancelWarmTransfer", but={"reason"})
        ),
        "listScheduledCallbacks": watching.list_callbacks(status="scheduled", session="s", limit=5),
        "getScheduledCallback": watching.get_callback("{id}"),
        "cancelScheduledCallback": watching.cancel_callback("{id}", reason="r"),
        "dispatchScheduledCallback": watching.dispatch_callback("{id}"),
        "listWebhooks": speko.list_webhooks(),
        "createWebhook": speko.create_webhook(
            "x",
            B,
            ["call.report"],
            secret="s",
            more=fields_of(
                "Speko", "createWebhook", but={"name", "url", "events", "signingSecretSource", "signingSecret"}
            ),
        ),
        "getWebhook": speko.get_webhook("{id}"),
        "updateWebhook": speko.change_webhook("{id}", {}),
        "deleteWebhook": speko.delete_webhook("{id}"),
        "listWebhookDeliveries": watching.list_deliveries(
            endpoint="e",
            event="call.report",
            agent="a",
            status="failed",
            session="s",
            event_id="m",
            since="2026-01-01",
            before="2026-01-02",
            cursor="c",
            limit=5,
        ),
        "getWebhookDelivery": watching.get_delivery("{id}"),
        "redeliverWebhook": watching.redeliver("{id}"),
        "endCall": speko.end_call("{id}"),
        "webJoinCall": watching.join_from_web("{id}", name="Ada"),
        "getCreditBalance": speko.get_credits(),
        "getCreditLedger": watching.get_ledger(limit=5, cursor="c"),
        "getUsage": watching.get_usage(since="2026-01-01T00:00:00Z", before="2026-01-02T00:00:00Z"),
        "getOrganization": watching.get_organization(),
    },
    "Telefonie Voice": {
        "listCalls": voice.list_calls(status="queued", direction="inbound", caller="+1", to="+1", page=1, page_size=5),
        "initiateCall": voice.initiate_call(
            "+1", "+1", url=B, method="POST", status_callback=B, timeout=30, record=True
        ),
        "getCall": voice.get_call("{call_id}"),
        "updateCall": voice.update_call("{call_id}", status="completed", url=B, method="POST"),
        "endCall": voice.end_call("{call_id}"),
        "listConferences": voice.list_conferences(status="init"),
        "createConference": voice.create_conference("room", max_participants=3, record=True, status_callback=B),
        "listConferenceParticipants": voice.list_participants("{conference_id}"),
        "addConferenceParticipant": voice.add_participant("{conference_id}", "+1", "+1", muted=True),
    },
    "Telefonie SMS": {
        "listMessages": messages.list_messages(
            "", direction="inbound", status="sent", sender="+1", to="+1", page=1, page_size=5
        ),
        "sendMessage": messages.send_message(
            "", "+1", "+1", body="Hi", media_url=[B], status_callback=B, validity_period=60
        ),
        "getMessage": messages.get_message("", "{message_id}"),
        "deleteMessage": messages.delete_message("", "{message_id}"),
    },
    "Telefonie Numbers": {
        "searchAvailableNumbers": numbers.search_numbers(
            "",
            "US",
            kind="local",
            area_code="415",
            contains="55",
            sms_enabled=True,
            voice_enabled=False,
            limit=5,
        ),
        "listOwnedNumbers": numbers.list_numbers("", kind="local", page=1, page_size=5),
        "purchaseNumber": numbers.purchase_number("", "+1", voice_url=B, sms_url=B, friendly_name="x"),
        "getOwnedNumber": numbers.get_number("", "{phone_number}"),
        "updateOwnedNumber": numbers.update_number("", "{phone_number}", voice_url=B, sms_url=B, friendly_name="x"),
        "releaseNumber": numbers.release_number("", "{phone_number}"),
    },
    "Telefonie Recordings": {
        "listRecordings": recordings.list_recordings("", call="c", status="completed", page=1, page_size=5),
        "getRecording": recordings.get_recording("", "{recording_id}"),
        "deleteRecording": recordings.delete_recording("", "{recording_id}"),
    },
}
"""Each operation with all that it can send, by the name that the carrier's file gives it."""
