"""The operations of VoIPBIN's API, as values.

The API's own description marks almost every field of a body as required, though its guides do not: what is not given
is sent as the zero of its kind (an empty text, 0, the nil UUID), which the carrier takes for unset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import TypeAdapter

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation, nothing
from flowengine.carriers.voipbin.models import (
    AccessKey,
    Activeflow,
    Address,
    AvailableNumber,
    Billing,
    BillingAccount,
    Call,
    Calls,
    Conference,
    ConferenceCall,
    Customer,
    Flow,
    Message,
    Model,
    Number,
    OutboundConfig,
    Page,
    Recording,
    Transfer,
)
from flowengine.carriers.voipbin.webhooks import NIL

M = TypeVar("M", bound=Model)
Actions = Sequence[Mapping[str, Any]]
Mute = Literal["in", "out", "both"]

# ------------------------------------------------------------------------------------------------------------- account


def login(base_url: str, username: str, password: str) -> Operation[Mapping[str, str]]:
    """Ask for a token, valid for seven days; gives the header that goes with every request.

    The path lies beside the API's version, not below it.
    """
    origin = urlsplit(base_url)
    url = f"{origin.scheme}://{origin.netloc}/auth/login"
    # Nothing comes of doing it twice but another token.
    request = Request("POST", url, {"username": username, "password": password}, again=True)
    return Operation(request, _bearer)


def _bearer(answer: Any) -> Mapping[str, str]:
    token = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise ValueError("the login gave no token")
    return {"Authorization": f"Bearer {token}"}


def get_customer() -> Operation[Customer]:
    """Our own account; `webhook_secret` is what webhooks are signed with."""
    return _get("/customer", Customer)


def set_webhook(customer: Customer, uri: str, method: str = "POST") -> Operation[Customer]:
    """Have all events sent to `uri`. The API takes the whole profile only: `customer` is what it was."""
    body = {name: getattr(customer, name) for name in ("name", "detail", "email", "phone_number", "address")}
    return _send("PUT", "/customer", Customer, body | {"webhook_uri": uri, "webhook_method": method})


def get_billing_account() -> Operation[BillingAccount]:
    """The balance. (The API's guide calls the path `/billing-accounts`, which does not exist.)"""
    return _get("/billing_account", BillingAccount)


def list_billings(page_token: str = "", page_size: int | None = None) -> Operation[Page[Billing]]:
    """What was charged, the newest first."""
    return _list("/billings", Billing, page_token, page_size)


def get_billing(billing: str) -> Operation[Billing]:
    """One charge."""
    return _get(_path("billings", billing), Billing)


def list_accesskeys(page_token: str = "", page_size: int | None = None) -> Operation[Page[AccessKey]]:
    """Access keys, without the keys themselves."""
    return _list("/accesskeys", AccessKey, page_token, page_size)


def create_accesskey(name: str, detail: str = "", expire: int = 31_536_000) -> Operation[AccessKey]:
    """A new access key for `expire` seconds; its `token` is told this once. It is never sent twice."""
    return _send("POST", "/accesskeys", AccessKey, {"name": name, "detail": detail, "expire": expire})


def delete_accesskey(key: str) -> Operation[None]:
    """Revoke an access key."""
    return Operation(Request("DELETE", _path("accesskeys", key)), nothing)


def get_outbound_config() -> Operation[OutboundConfig]:
    """Where calls may go out to: an empty list of countries blocks all of them."""
    return _get("/outbound_config", OutboundConfig)


# --------------------------------------------------------------------------------------------------------------- calls


def list_calls(page_token: str = "", page_size: int | None = None) -> Operation[Page[Call]]:
    """Calls, the newest first."""
    return _list("/calls", Call, page_token, page_size)


def create_calls(
    source: Address,
    destinations: Sequence[Address],
    *,
    flow: str = "",
    actions: Actions = (),
    anonymous: Literal["yes", "no", "auto"] = "auto",
    variables: Mapping[str, str] | None = None,
) -> Operation[Calls]:
    """Dial; whoever answers enters the flow, or the actions. It is never sent twice."""
    body: dict[str, Any] = {"source": source, "destinations": list(destinations), "anonymous": anonymous}
    body |= {"flow_id": flow or NIL, "actions": list(actions), "variables": dict(variables or {})}
    return _send("POST", "/calls", Calls, body)


def get_call(call: str) -> Operation[Call]:
    """One call."""
    return _get(_path("calls", call), Call)


def hang_up(call: str) -> Operation[Call]:
    """End a call. One that is over already answers 409 `CALL_ALREADY_HANGUP`; to do it twice does no harm.

    `DELETE /calls/{id}` would end it, too, and delete what is known of it.
    """
    return _send("POST", f"{_path('calls', call)}/hangup", Call, None, again=True)


def mute(call: str, direction: Mute = "in") -> Operation[None]:
    """Mute a call, in one direction or both."""
    return Operation(Request("POST", f"{_path('calls', call)}/mute", {"direction": direction}, again=True), nothing)


def unmute(call: str, direction: Mute = "in") -> Operation[None]:
    """The opposite of `mute`."""
    return Operation(Request("DELETE", f"{_path('calls', call)}/mute", {"direction": direction}), nothing)


def hold(call: str, on: bool = True, kind: Literal["hold", "moh", "silence"] = "hold") -> Operation[None]:
    """Put a call on hold, let it hear music (`moh`) or nothing (`silence`), or take it back."""
    return Operation(Request("POST" if on else "DELETE", f"{_path('calls', call)}/{kind}", again=True), nothing)


def talk(call: str, text: str, language: str, *, provider: str = "", voice: str = "") -> Operation[None]:
    """Speak into a call."""
    body = {"text": text, "language": language, "provider": provider, "voice_id": voice}
    return Operation(Request("POST", f"{_path('calls', call)}/talk", body), nothing)


def start_recording(call: str, *, silence: int = 0, key: str = "none", longest: int = 0) -> Operation[Call]:
    """Record a call, as WAV; 0 means without end. A call has one recording at a time."""
    body = {"format": "wav", "end_of_silence": silence, "end_of_key": key, "duration": longest, "on_end_flow_id": NIL}
    return _send("POST", f"{_path('calls', call)}/recording_start", Call, body)


def stop_recording(call: str) -> Operation[Call]:
    """End the recording."""
    return _send("POST", f"{_path('calls', call)}/recording_stop", Call, None)


def transfer(call: str, kind: Literal["blind", "attended"], to: Sequence[Address]) -> Operation[Transfer]:
    """Transfer a call that is under way; with `blind` its own leg is dropped at once. It is never sent twice."""
    body = {"transfer_type": kind, "transferer_call_id": call, "transferee_addresses": list(to)}
    return _send("POST", "/transfers", Transfer, body)


# ---------------------------------------------------------------------------------------------------------- recordings


def list_recordings(page_token: str = "", page_size: int | None = None) -> Operation[Page[Recording]]:
    """Recordings, the newest first."""
    return _list("/recordings", Recording, page_token, page_size)


def get_recording(recording: str) -> Operation[Recording]:
    """One recording; its file is at `/recordingfiles/{id}`, which leads to a signed URL of its own."""
    return _get(_path("recordings", recording), Recording)


def delete_recording(recording: str) -> Operation[Recording]:
    """Delete a recording."""
    return _send("DELETE", _path("recordings", recording), Recording, None)


# --------------------------------------------------------------------------------------------------------- conferences


def list_conferences(page_token: str = "", page_size: int | None = None) -> Operation[Page[Conference]]:
    """Conferences, the newest first."""
    return _list("/conferences", Conference, page_token, page_size)


def create_conference(name: str, *, conference: str = "", detail: str = "", timeout: int = 0) -> Operation[Conference]:
    """Make a room; under an id of ours, where `conference` gives one, it may be sent again.

    `timeout` is in seconds, 0 for none; the carrier's code makes a day of 1 to 59.
    """
    body: dict[str, Any] = {"type": "conference", "name": name, "detail": detail, "timeout": timeout, "data": {}}
    body |= {"pre_flow_id": NIL, "post_flow_id": NIL} | ({"id": conference} if conference else {})
    return _send("POST", "/conferences", Conference, body, again=bool(conference))


def get_conference(conference: str) -> Operation[Conference]:
    """One room."""
    return _get(_path("conferences", conference), Conference)


def delete_conference(conference: str) -> Operation[Conference]:
    """End a room: everybody is put out."""
    return _send("DELETE", _path("conferences", conference), Conference, None)


def list_conferencecalls(page_token: str = "", page_size: int | None = None) -> Operation[Page[ConferenceCall]]:
    """Who is, or was, in which room."""
    return _list("/conferencecalls", ConferenceCall, page_token, page_size)


def remove_from_conference(conferencecall: str) -> Operation[ConferenceCall]:
    """Put somebody out of a room."""
    return _send("DELETE", _path("conferencecalls", conferencecall), ConferenceCall, None)


# ------------------------------------------------------------------------------------------------------------ messages


def list_messages(page_token: str = "", page_size: int | None = None) -> Operation[Page[Message]]:
    """Text messages, the newest first."""
    return _list("/messages", Message, page_token, page_size)


def send_message(source: Address, destinations: Sequence[Address], text: str) -> Operation[Message]:
    """Send a text message to each destination. It is never sent twice."""
    body = {"source": source, "destinations": list(destinations), "text": text}
    return _send("POST", "/messages", Message, body)


def get_message(message: str) -> Operation[Message]:
    """One message, with the state of each destination."""
    return _get(_path("messages", message), Message)


# ------------------------------------------------------------------------------------------------------------- numbers


def list_available_numbers(
    country: str, *, kind: Literal["normal", "virtual"] | None = None, page_size: int | None = None
) -> Operation[Page[AvailableNumber]]:
    """Numbers that can be bought, normal ones unless `kind` says so; they come in one page."""
    query = {"country_code": country} | ({} if kind is None else {"type": kind})
    query |= {} if page_size is None else {"page_size": str(page_size)}
    return Operation(Request("GET", "/available_numbers", query=query), Page[AvailableNumber].model_validate)


def list_numbers(page_token: str = "", page_size: int | None = None) -> Operation[Page[Number]]:
    """Our numbers."""
    return _list("/numbers", Number, page_token, page_size)


def buy_number(
    number: str, *, kind: Literal["normal", "virtual"] = "normal", call_flow: str = "", name: str = ""
) -> Operation[Number]:
    """Buy a number. It is never sent twice."""
    body = {"number": number, "type": kind, "name": name, "detail": ""}
    return _send("POST", "/numbers", Number, body | _flows(call_flow, ""))


def get_number(number: str) -> Operation[Number]:
    """One of our numbers, by its id."""
    return _get(_path("numbers", number), Number)


def route_number(number: str, call_flow: str, message_flow: str = "") -> Operation[Number]:
    """Which flows answer a number's calls and messages. Both are set: one that is not given is unset."""
    return _send("PUT", f"{_path('numbers', number)}/flow_ids", Number, _flows(call_flow, message_flow))


def release_number(number: str) -> Operation[Number]:
    """Give a number back."""
    return _send("DELETE", _path("numbers", number), Number, None)


def _flows(call: str, message: str) -> dict[str, str]:
    return {"call_flow_id": call or NIL, "message_flow_id": message or NIL}


# --------------------------------------------------------------------------------------------------------------- flows


def list_flows(page_token: str = "", page_size: int | None = None) -> Operation[Page[Flow]]:
    """The flows that the carrier holds."""
    return _list("/flows", Flow, page_token, page_size)


def create_flow(name: str, actions: Actions, detail: str = "") -> Operation[Flow]:
    """Give the carrier a flow. It is never sent twice."""
    return _send("POST", "/flows", Flow, _flow(name, actions, detail))


def update_flow(flow: str, name: str, actions: Actions, detail: str = "") -> Operation[Flow]:
    """Replace a flow; calls under way keep what they began with."""
    return _send("PUT", _path("flows", flow), Flow, _flow(name, actions, detail))


def get_flow(flow: str) -> Operation[Flow]:
    """One flow."""
    return _get(_path("flows", flow), Flow)


def delete_flow(flow: str) -> Operation[Flow]:
    """Delete a flow."""
    return _send("DELETE", _path("flows", flow), Flow, None)


def _flow(name: str, actions: Actions, detail: str) -> dict[str, Any]:
    return {"name": name, "detail": detail, "actions": list(actions), "on_complete_flow_id": NIL}


def list_activeflows(page_token: str = "", page_size: int | None = None) -> Operation[Page[Activeflow]]:
    """Flows under way, and those that were."""
    return _list("/activeflows", Activeflow, page_token, page_size)


def get_activeflow(activeflow: str) -> Operation[Activeflow]:
    """One flow under way, with the actions that were executed."""
    return _get(_path("activeflows", activeflow), Activeflow)


def stop_activeflow(activeflow: str) -> Operation[Activeflow]:
    """End a flow under way, and with it its call; one that is over answers 409 `ACTIVEFLOW_ALREADY_STOPPED`."""
    return _send("POST", f"{_path('activeflows', activeflow)}/stop", Activeflow, None, again=True)


# ------------------------------------------------------------------------------------------------------------- helpers


def _path(kind: str, name: str) -> str:
    return f"/{kind}/{quote(name, safe='')}"


def _get(path: str, model: type[M]) -> Operation[M]:
    return Operation(Request("GET", path), model.model_validate)


def _send(method: str, path: str, model: type[M], body: Any, *, again: bool = False) -> Operation[M]:
    return Operation(Request(method, path, _plain(body), again=again), model.model_validate)


def _plain(body: Any) -> Any:
    return None if body is None else _BODY.dump_python(body, mode="json", exclude_none=True)


_BODY: TypeAdapter[Any] = TypeAdapter(Any)


def _list(path: str, model: type[M], page_token: str, page_size: int | None) -> Operation[Page[M]]:
    query = {"page_token": page_token} if page_token else {}
    if page_size is not None:
        query["page_size"] = str(page_size)
    read: Callable[[Any], Page[M]] = Page[model].model_validate  # type: ignore[valid-type]
    return Operation(Request("GET", path, query=query), read)
