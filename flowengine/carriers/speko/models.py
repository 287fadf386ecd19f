"""What Speko's API answers and takes. Numbers and verification are in camelCase, calls in snake_case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Direction = Literal["inbound", "outbound", "both"]


class _Camel(BaseModel):
    # Words of enumerations are read as texts: a release of theirs may add some.
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class _Snake(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SetupStatus(_Camel):
    """What a number still needs: `ready`, `action_required` or `suspended`."""

    status: str
    inbound_ready: bool = False
    outbound_ready: bool = False
    agent_ready: bool = False
    forwarding_required: bool = False
    sip_connection_ready: bool = False
    issues: list[str] = Field(default_factory=list)


class PhoneNumber(_Camel):
    """A number of ours. `telnyx_phone_number_id` and `sip_trunk_id` are deprecated."""

    id: str
    organization_id: str
    e164: str
    source: str
    provider_resource_id: str | None = None
    telnyx_phone_number_id: str | None = None
    sip_trunk_id: str | None = None
    sip_connection_installation_id: str | None = None
    sip_provider_name: str | None = None
    direction: str
    dispatch_metadata_template: dict[str, Any] | None = None
    agent_id: str | None = None
    label: str | None = None
    sms10dlc_profile_id: str | None = Field(default=None, alias="sms10dlcProfileId")
    sms_campaign_id: str | None = None
    sms_assignment_status: str | None = None
    sms_assignment_updated_at: datetime | None = None
    setup_status: SetupStatus
    next_charge_at: datetime | None = None
    last_charged_at: datetime | None = None
    suspended_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class Region(_Camel):
    """Where a number belongs."""

    state: str | None = None
    locality: str | None = None
    rate_center: str | None = None


class AvailablePhoneNumber(_Camel):
    """A number that can be bought; costs are in US dollars."""

    e164: str
    friendly_name: str
    monthly_cost_usd: float
    upfront_cost_usd: float
    features: list[str]
    region: Region


class KybSubmission(_Camel):
    """What was handed in, and what became of it."""

    id: str
    organization_id: str
    status: str
    business_profile: dict[str, Any] = Field(default_factory=dict)
    authorized_representative: dict[str, Any] = Field(default_factory=dict)
    attestation_accepted: bool
    attested_at: datetime | None = None
    submitted_at: datetime | None = None
    rejection_reason: str | None = None
    slack_notification_status: str | None = None
    slack_notification_job_id: str | None = None
    slack_notification_error: str | None = None
    created_at: datetime
    updated_at: datetime


class KybOverview(_Camel):
    """How far the verification is; `prefill` is what is known already."""

    status: str
    submission: KybSubmission | None = None
    prefill: dict[str, Any] | None = None


class Dialled(_Camel):
    """A call that was placed; `session_id` is its id."""

    session_id: str
    call_control_id: str
    room_name: str
    status: str
    to: str
    from_: str = Field(alias="from")


class Transfer(_Snake):
    """A transfer of a call."""

    id: str
    session_id: str
    kind: str
    status: str
    transfer_to: str
    failure_cause: str | None = None


class CallEntry(_Snake):
    """A call; lists leave `metadata` and `transfers` out."""

    id: str
    call_id: str
    agent_id: str | None = None
    status: str
    kind: str
    room_name: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    duration_seconds: int | None = None
    recording_status: str | None = None
    metadata: Mapping[str, Any] = Field(default_factory=dict)
    transfers: list[Transfer] = Field(default_factory=list)


class CallPage(_Snake):
    """A page of calls; `next_cursor` asks for the next one."""

    calls: list[CallEntry]
    next_cursor: str | None = None


class CallEvent(_Snake):
    """Something that happened in a call."""

    id: str
    provider: str
    event_type: str
    status: str | None = None
    failure_cause: str | None = None
    sip_status_code: int | None = None
    occurred_at: datetime


class Ended(_Snake):
    """`ending`, or `already_ended`."""

    ok: bool
    status: str
    ended_at: datetime | None = None


class Credits(_Camel):
    """The credits that are left, in US dollars."""

    balance_usd: float
    currency: str = "USD"
    updated_at: datetime | None = None


class WebhookEndpoint(_Camel):
    """A webhook of the workspace."""

    id: str
    name: str = ""
    url: str = ""
    events: list[str] = Field(default_factory=list)
    signing_secret_source: str | None = None
