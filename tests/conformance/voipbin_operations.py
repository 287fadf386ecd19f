"""Every documented operation of VoIPBIN: as our client sends it, as `flowengine api` does, or why nothing sends it.

`{id}`, and whatever else stands in braces, is put in once there is something with an id.
"""

from typing import Any

from flowengine.carriers.operation import Operation
from flowengine.carriers.voipbin import rest
from flowengine.carriers.voipbin.models import Address, Customer
from flowengine.carriers.voipbin.webhooks import NIL
from tests.conformance.documented import Documented, operations

LINE = "+15551230000"
PHONE = "+15557650001"
BEFORE = "2099-01-01 00:00:00.000000"
ROOM = "0b8f6bd2-2f6c-4a52-8f3b-6f1b5a7d9c11"
WAIT: list[dict[str, Any]] = [{"type": "sleep", "option": {"duration": 600_000}}]
TEL = {"type": "tel", "target": PHONE, "target_name": "", "name": "", "detail": ""}
OURSELVES = {**TEL, "target": LINE}


def name_of(each: Documented) -> str:
    """What an operation is called here: its method and path."""
    return f"{each.method} {each.path}"


ALL = {name_of(each): each for each in operations("VoIPBIN")}

CLIENT: dict[str, Operation[Any]] = {
    "GET /customer": rest.get_customer(),
    "PUT /customer": rest.set_webhook(
        Customer(id=NIL, name="Shop", email="ada@example.com", detail="", phone_number="", address=""), ""
    ),
    "GET /billing_account": rest.get_billing_account(),
    "GET /billings": rest.list_billings(BEFORE, 5),
    "GET /billings/{billing-id}": rest.get_billing("{billing-id}"),
    "GET /accesskeys": rest.list_accesskeys(BEFORE, 5),
    "POST /accesskeys": rest.create_accesskey("ours", "for tests", 3600),
    "DELETE /accesskeys/{id}": rest.delete_accesskey("{id}"),
    "GET /outbound_config": rest.get_outbound_config(),
    "GET /calls": rest.list_calls(BEFORE, 5),
    "POST /calls": rest.create_calls(
        Address(target=LINE), [Address(target=PHONE)], actions=WAIT, anonymous="no", variables={"name": "Ada"}
    ),
    "GET /calls/{id}": rest.get_call("{id}"),
    "POST /calls/{id}/hangup": rest.hang_up("{id}"),
    "POST /calls/{id}/mute": rest.mute("{id}", "both"),
    "DELETE /calls/{id}/mute": rest.unmute("{id}", "both"),
    "POST /calls/{id}/hold": rest.hold("{id}"),
    "DELETE /calls/{id}/hold": rest.hold("{id}", on=False),
    "POST /calls/{id}/moh": rest.hold("{id}", kind="moh"),
    "DELETE /calls/{id}/moh": rest.hold("{id}", on=False, kind="moh"),
    "POST /calls/{id}/silence": rest.hold("{id}", kind="silence"),
    "DELETE /calls/{id}/silence": rest.hold("{id}", on=False, kind="silence"),
    "POST /calls/{id}/talk": rest.talk("{id}", "Hello", "en-US", provider="gcp", voice="a"),
    "POST /calls/{id}/recording_start": rest.start_recording("{id}", silence=3, key="#", longest=60),
    "POST /calls/{id}/recording_stop": rest.stop_recording("{id}"),
    "POST /transfers": rest.transfer("{id}", "blind", [Address(target="+15557650002")]),
    "GET /recordings": rest.list_recordings(BEFORE, 5),
    "GET /recordings/{id}": rest.get_recording("{id}"),
    "DELETE /recordings/{id}": rest.delete_recording("{id}"),
    "GET /conferences": rest.list_conferences(BEFORE, 5),
    "POST /conferences": rest.create_conference("room", conference=ROOM, detail="ours", timeout=600),
    "GET /conferences/{id}": rest.get_conference("{id}"),
    "DELETE /conferences/{id}": rest.delete_conference("{id}"),
    "GET /conferencecalls": rest.list_conferencecalls(BEFORE, 5),
    "DELETE /conferencecalls/{id}": rest.remove_from_conference("{id}"),
    "GET /messages": rest.list_messages(BEFORE, 5),
    "POST /messages": rest.send_message(Address(target=LINE), [Address(target=PHONE)], "Hello"),
    "GET /messages/{id}": rest.get_message("{id}"),
    "GET /available_numbers": rest.list_available_numbers("US", kind="virtual", page_size=5),
    "GET /numbers": rest.list_numbers(BEFORE, 5),
    "POST /numbers": rest.buy_number("{number}", name="ours"),
    "GET /numbers/{id}": rest.get_number("{id}"),
    "PUT /numbers/{id}/flow_ids": rest.route_number("{id}", NIL, NIL),
    "DELETE /numbers/{id}": rest.release_number("{id}"),
    "GET /flows": rest.list_flows(BEFORE, 5),
    "POST /flows": rest.create_flow("ours", WAIT, "for tests"),
    "PUT /flows/{id}": rest.update_flow("{id}", "ours", WAIT, "for tests"),
    "GET /flows/{id}": rest.get_flow("{id}"),
    "DELETE /flows/{id}": rest.delete_flow("{id}"),
    "GET /activeflows": rest.list_activeflows(BEFORE, 5),
    "GET /activeflows/{id}": rest.get_activeflow("{id}"),
    "POST /activeflows/{id}/stop": rest.stop_activeflow("{id}"),
}
"""Each operation of our client, with everything that it can send."""

_NAMED = {"name": "ours", "detail": "for tests"}
_TRIES: dict[str, Any] = {f"max_try_count_{number}": 1 for number in range(5)}
_DIAL: dict[str, Any] = {"source": OURSELVES, "dial_timeout": 30_000, "try_interval": 1000, **_TRIES}
_CAMPAIGN = {**_NAMED, "type": "call", "service_level": 100, "end_handle": "stop"}
_RESOURCES = {"outplan_id": NIL, "outdial_id": NIL, "queue_id": NIL, "next_campaign_id": NIL}
_QUEUE: dict[str, Any] = {**_NAMED, "routing_method": "random", "tag_ids": [NIL]}
_QUEUE |= {"wait_flow_id": NIL, "wait_timeout": 60_000, "service_timeout": 60_000}
_TRUNK = {**_NAMED, "auth_types": ["basic"], "username": "ada", "password": "secret", "allowed_ips": ["192.0.2.1"]}
_FLOWS = {"call_flow_id": NIL, "message_flow_id": NIL}

BODIES: dict[str, dict[str, Any]] = {
    "PUT /accesskeys/{id}": _NAMED,
    "POST /activeflows": {
        "id": "",
        "flow_id": NIL,
        "actions": WAIT,
        "variables": {"name": "Ada"},
        "webhook_uri": "",
        "webhook_method": "POST",
    },
    "PUT /billing_account": _NAMED,
    "PUT /billing_account/payment_info": {"payment_type": "prepaid", "payment_method": "credit card"},
    "PUT /campaigns/{id}/actions": {"actions": WAIT},
    "PUT /campaigns/{id}/next_campaign_id": {"next_campaign_id": NIL},
    "PUT /campaigns/{id}/resource_info": _RESOURCES,
    "PUT /campaigns/{id}/service_level": {"service_level": 50},
    "PUT /campaigns/{id}/status": {"status": "stop"},
    "PUT /campaigns/{id}": _CAMPAIGN,
    "POST /campaigns": {**_CAMPAIGN, "actions": WAIT, **_RESOURCES},
    "POST /conferences/{id}/recording_start": {"format": "wav", "duration": 60, "on_end_flow_id": NIL},
    "POST /conferences/{id}/transcribe_start": {"language": "en-US"},
    "PUT /conferences/{id}": {**_NAMED, "data": {}, "timeout": 600, "pre_flow_id": NIL, "post_flow_id": NIL},
    "PUT /customer/metadata": {"rtp_debug": True},
    "PUT /customer/billing_account_id": {"billing_account_id": NIL},
    "POST /emails": {
        "destinations": [{**TEL, "type": "email", "target": "ada@example.com"}],
        "subject": "Hello",
        "content": "Hello, Ada.",
        "attachments": [],
    },
    "PUT /extensions/{id}": {**_NAMED, "password": "secret"},
    "POST /extensions": {**_NAMED, "extension": "100", "password": "secret"},
    "POST /groupcalls": {
        "source": OURSELVES,
        "destinations": [TEL],
        "flow_id": NIL,
        "actions": WAIT,
        "ring_method": "ring_all",
        "answer_method": "hangup_others",
    },
    "PUT /numbers/{id}": {**_NAMED, **_FLOWS},
    "PUT /numbers/{id}/metadata": {"rtp_debug": True},
    "POST /numbers/renew": {"tm_renew": BEFORE},
    "PUT /outbound_config": {
        **_NAMED,
        "destination_whitelist": ["us"],
        "codecs": "PCMU",
        "default_outgoing_source_number_id": NIL,
    },
    "PUT /outdials/{id}/campaign_id": {"campaign_id": NIL},
    "PUT /outdials/{id}/data": {"data": "x"},
    "POST /outdials/{id}/targets": {**_NAMED, "data": "x", **{f"destination_{number}": TEL for number in range(5)}},
    "PUT /outdials/{id}": _NAMED,
    "POST /outdials": {**_NAMED, "campaign_id": NIL, "data": "x"},
    "PUT /outplans/{id}/dial_info": _DIAL,
    "PUT /outplans/{id}": _NAMED,
    "POST /outplans": {**_NAMED, **_DIAL},
    "PUT /queues/{id}/routing_method": {"routing_method": "random"},
    "PUT /queues/{id}/tag_ids": {"tag_ids": [NIL]},
    "PUT /queues/{id}": _QUEUE,
    "POST /queues": _QUEUE,
    "POST /speakings": {
        "reference_type": "call",
        "reference_id": NIL,
        "language": "en-US",
        "provider": "gcp",
        "voice_id": "a",
        "direction": "both",
    },
    "POST /speakings/{id}/say": {"text": "Hello"},
    "POST /transcribes": {
        "reference_type": "call",
        "reference_id": "{call}",
        "language": "en-US",
        "direction": "both",
        "provider": "gcp",
        "on_end_flow_id": NIL,
    },
    "PUT /trunks/{id}": _TRUNK,
    "POST /trunks": {**_TRUNK, "domain_name": "ours"},
}
"""What `flowengine api` is given with `-d`: every documented field of an operation's body."""

QUERY = {
    "page_size": "5",
    "page_token": BEFORE,
    "reference_type": "call",
    "reference_id": NIL,
    "transcribe_id": NIL,
}
"""What it is given with `-q`, by the name of the parameter."""

_BESIDE = "no: beside the API, for accounts and passwords"
_SOUND = "no: a WebSocket of sound"
UNSENT = {
    **{name: _BESIDE for name, each in ALL.items() if each.path.startswith("/auth/")},
    "GET /calls/{id}/media_stream": _SOUND,
    "GET /conferences/{id}/media_stream": _SOUND,
    "GET /ws": "[the calls of an account are followed](../../tests/sandbox/test_voipbin_topics.py), over the WebSocket",
}
"""What no request of ours is, and why."""

API = [name for name in ALL if name not in CLIENT and name not in UNSENT]
"""What only `flowengine api METHOD PATH` sends."""
