"""What VoIPBIN's API gives. Fields that a release of theirs adds are let pass; times are aware, or None for not yet."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from flowengine.carriers.voipbin import times
from flowengine.carriers.voipbin.webhooks import NIL

Time = Annotated[datetime | None, BeforeValidator(times.read)]
# The carrier writes the nil UUID where there is nothing; so does null, in some places.
Id = Annotated[str, BeforeValidator(lambda value: "" if value in (None, NIL) else value)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Many = BeforeValidator(lambda value: [] if value is None else value)


class Model(BaseModel):
    """What all of them are."""

    model_config = ConfigDict(extra="ignore", frozen=True)


M = TypeVar("M", bound=Model)


class Page(Model, Generic[M]):
    """One page of a list. `next_page_token` is empty on the last; it holds a space and colons, to be encoded."""

    result: Annotated[list[M], Many] = Field(default_factory=list)
    next_page_token: Text = ""


class Address(Model):
    """Somebody who can be reached: `type` is `tel`, `sip`, `extension`, `agent`, `conference` …"""

    type: str = "tel"
    target: str = ""
    target_name: Text = ""
    name: Text = ""
    detail: Text = ""


class Resource(Model):
    """Anything with an id. It is deleted once `tm_delete` is set, and can be read all the same."""

    id: str
    customer_id: Id = ""
    tm_create: Time = None
    tm_update: Time = None
    tm_delete: Time = None


class Call(Resource):
    """A call. `status` is dialing, ringing, progressing, terminating, canceling or hangup, and only goes forward."""

    flow_id: Id = ""
    activeflow_id: Id = ""
    master_call_id: Id = ""
    chained_call_ids: Annotated[list[str], Many] = Field(default_factory=list)
    groupcall_id: Id = ""
    recording_id: Id = ""
    recording_ids: Annotated[list[str], Many] = Field(default_factory=list)
    source: Address = Address()
    destination: Address = Address()
    status: str = ""
    direction: str = ""
    mute_direction: Text = ""
    hangup_by: Text = ""
    hangup_reason: Text = ""
    tm_ringing: Time = None
    tm_progressing: Time = None
    tm_hangup: Time = None


class Calls(Model):
    """What dialling gives: a call for each number, a group of calls for what rings several."""

    calls: Annotated[list[Call], Many] = Field(default_factory=list)
    groupcalls: Annotated[list[dict[str, Any]], Many] = Field(default_factory=list)


class Recording(Resource):
    """A recording: initiating, recording, stopping, ended."""

    reference_type: str = ""
    reference_id: Id = ""
    status: str = ""
    format: str = "wav"
    tm_start: Time = None
    tm_end: Time = None


class Conference(Resource):
    """A room: starting, progressing, terminating, terminated."""

    type: str = ""
    status: str = ""
    name: Text = ""
    detail: Text = ""
    timeout: int = 0
    conferencecall_ids: Annotated[list[str], Many] = Field(default_factory=list)
    recording_id: Id = ""
    tm_end: Time = None


class ConferenceCall(Resource):
    """Somebody in a room: joining, joined, leaving, leaved."""

    conference_id: Id = ""
    reference_type: str = ""
    reference_id: Id = ""
    status: str = ""


class Target(Model):
    """One destination of a message: queued, sent, delivered, failed, gw_timeout, dlr_timeout or received."""

    destination: Address = Address()
    status: str = ""
    parts: int = 0


class Message(Resource):
    """A text message."""

    source: Address = Address()
    targets: Annotated[list[Target], Many] = Field(default_factory=list)
    text: Text = ""
    direction: str = ""


class Number(Resource):
    """A number of ours, and the flows that answer it."""

    number: str = ""
    type: str = "normal"
    call_flow_id: Id = ""
    message_flow_id: Id = ""
    name: Text = ""
    detail: Text = ""
    status: str = ""
    tm_purchase: Time = None
    tm_renew: Time = None


class AvailableNumber(Model):
    """A number that can be bought."""

    number: str = ""
    country: Text = ""
    region: Text = ""
    features: Annotated[list[str], Many] = Field(default_factory=list)


class Flow(Resource):
    """A list of actions that the carrier holds."""

    type: str = "flow"
    name: Text = ""
    detail: Text = ""
    actions: Annotated[list[dict[str, Any]], Many] = Field(default_factory=list)


class Activeflow(Resource):
    """A flow under way."""

    flow_id: Id = ""
    status: Text = ""
    reference_type: Text = ""
    reference_id: Id = ""
    executed_actions: Annotated[list[dict[str, Any]], Many] = Field(default_factory=list)


class BillingAccount(Resource):
    """The balance; `balance_credit` in millionths of a US dollar."""

    name: Text = ""
    detail: Text = ""
    plan_type: Text = ""
    balance_credit: int = 0
    balance_token: int = 0
    payment_type: Text = ""


class Billing(Resource):
    """One charge; amounts in millionths of a US dollar, `usage_duration` in seconds, `billable_units` as charged."""

    transaction_type: Text = ""
    status: Text = ""
    reference_type: Text = ""
    reference_id: Id = ""
    cost_type: Text = ""
    usage_duration: int = 0
    billable_units: int = 0
    amount_credit: int = 0
    amount_token: int = 0


class AccessKey(Resource):
    """An access key; `token` is there only in the answer that made it."""

    name: Text = ""
    detail: Text = ""
    token: Text = ""
    token_prefix: Text = ""
    tm_expire: Time = None


class OutboundConfig(Resource):
    """Where calls may go out to."""

    name: Text = ""
    detail: Text = ""
    destination_whitelist: Annotated[list[str], Many] = Field(default_factory=list)
    default_outgoing_source_number_id: Id = ""


class Transfer(Resource):
    """A transfer that was begun by the API."""

    type: str = ""
    transferer_call_id: Id = ""
    transferee_call_id: Id = ""
    groupcall_id: Id = ""


class Customer(Resource):
    """Our own account. Calls to the public network need `identity_verification_status` to be `verified`."""

    name: Text = ""
    detail: Text = ""
    email: Text = ""
    phone_number: Text = ""
    address: Text = ""
    webhook_method: Text = ""
    webhook_uri: Text = ""
    webhook_secret: Text = ""
    status: Text = ""
    identity_verification_status: Text = ""
