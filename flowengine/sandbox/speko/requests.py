"""What Speko's API takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from flowengine.sandbox.telefonie.requests import Query, QueryInt, Uri, Whole

E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
Label = Annotated[str, Field(max_length=120)]
Direction = Literal["inbound", "outbound", "both"]
Event = Literal["call.pre_call", "call.status", "call.report", "call.analysis", "call.recording"]


class _Body(BaseModel):
    # Strict: "30" is no integer and 1 no boolean. Unknown fields are let pass; the OpenAPI does not forbid them.
    model_config = ConfigDict(strict=True, extra="ignore")


class Buy(_Body):
    """`POST /v1/phone-numbers`."""

    e164: E164
    direction: Direction = "outbound"
    dispatchMetadataTemplate: dict[str, Any] | None = None  # noqa: N815 - the API's own name
    label: Label | None = None
    agentId: str | None = None  # noqa: N815


class Import(Buy):
    """`POST /v1/phone-numbers/import`."""

    sipConnectionInstallationId: str | None = None  # noqa: N815
    sipTrunkId: str | None = None  # noqa: N815
    sipProviderName: str | None = None  # noqa: N815


class Change(_Body):
    """`PATCH /v1/phone-numbers/{id}`; null clears a field."""

    direction: Direction = "outbound"
    dispatchMetadataTemplate: dict[str, Any] | None = None  # noqa: N815
    label: Label | None = None
    agentId: str | None = None  # noqa: N815


class Address(_Body):
    """Where a business is."""

    street: str
    city: str
    state: str
    postalCode: str  # noqa: N815
    country: str


class BusinessProfile(_Body):
    """The business."""

    legalName: str  # noqa: N815
    displayName: str  # noqa: N815
    entityType: str  # noqa: N815
    country: str
    registrationId: str = ""  # noqa: N815
    website: str
    address: Address
    useCase: str  # noqa: N815
    expectedUsage: str  # noqa: N815


class Representative(_Body):
    """Who speaks for it."""

    name: str
    title: str
    email: str
    phone: E164 | None = None


class Draft(_Body):
    """`PUT /v1/phone-numbers/kyb/draft`."""

    businessProfile: BusinessProfile  # noqa: N815
    authorizedRepresentative: Representative  # noqa: N815
    attestationAccepted: bool = False  # noqa: N815


class Submit(Draft):
    """`POST /v1/phone-numbers/kyb/submit`."""

    attestationAccepted: Literal[True]  # noqa: N815


class Intent(_Body):
    """What an agent is to be like, in place of one that is kept."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
    region: Literal["global", "us-east4", "europe-west3", "asia-southeast1"] = "global"
    optimizeFor: Literal["balanced", "accuracy", "latency", "cost"] = "balanced"  # noqa: N815


class Detection(_Body):
    """How a machine that answers is told from a person."""

    mode: Literal["agent", "carrier", "disabled"] = "agent"
    timeoutSeconds: Annotated[Whole, Field(ge=1, le=60)] = 30  # noqa: N815


class Telephony(_Body):
    """How a call is placed."""

    region: str = ""
    amd: Detection = Field(default_factory=Detection)


class Allowed(_Body):
    """Whose models may be used, for each part of an agent."""

    stt: list[str] = Field(default_factory=list)
    llm: list[str] = Field(default_factory=list)
    tts: list[str] = Field(default_factory=list)
    s2s: list[str] = Field(default_factory=list)


class Constraints(_Body):
    """What the choice of models keeps to."""

    allowedProviders: Allowed = Field(default_factory=Allowed)  # noqa: N815


class Dial(_Body):
    """`POST /v1/sessions/phone`. What only matters to a real agent is held to its documented form, and does nothing."""

    to: E164
    from_: E164 | None = Field(default=None, alias="from")
    agentId: str | None = None  # noqa: N815
    intent: Intent | None = None
    constraints: Constraints = Field(default_factory=Constraints)
    voice: str = ""
    systemPrompt: str = ""  # noqa: N815
    firstMessage: str = "Hello."  # noqa: N815
    llm: dict[str, Any] = Field(default_factory=dict)
    ttsOptions: dict[str, Any] = Field(default_factory=dict)  # noqa: N815
    sttOptions: dict[str, Any] = Field(default_factory=dict)  # noqa: N815
    turnHandling: dict[str, Any] = Field(default_factory=dict)  # noqa: N815
    telephony: Telephony = Field(default_factory=Telephony)
    variables: dict[str, str] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    maxDurationSeconds: Whole = 14_400  # noqa: N815
    webhookTags: dict[str, str] = Field(default_factory=dict)  # noqa: N815


class BlindTransfer(_Body):
    """`POST /v1/calls/{id}/transfers/blind`."""

    to: str
    ringingTimeout: Annotated[Whole, Field(ge=1, le=120)] = 30  # noqa: N815


class WarmTransfer(_Body):
    """`POST /v1/calls/{id}/transfers/warm`: to one number, or to the first of several."""

    to: str = ""
    destinations: list[dict[str, Any]] = Field(default_factory=list, max_length=10)
    screeningPrompt: str | None = None  # noqa: N815


class Finalize(_Body):
    """`POST /v1/calls/{id}/report/finalize`."""

    forceAnalysis: bool = False  # noqa: N815
    retryWebhook: bool = False  # noqa: N815


class Nothing(_Body):
    """A body whose fields do not matter here."""


class AuthHeader(_Body):
    """A header that a webhook's requests have."""

    name: str
    value: str = ""


class _Told(_Body):
    """What both requests about a webhook may say; who is told is not narrowed down here."""

    allAgents: bool = True  # noqa: N815
    agentIds: list[str] = Field(default_factory=list)  # noqa: N815
    filterTags: dict[str, str] = Field(default_factory=dict)  # noqa: N815
    headers: dict[str, str] = Field(default_factory=dict)
    authHeaders: list[AuthHeader] = Field(default_factory=list)  # noqa: N815
    extractionFields: list[dict[str, Any]] = Field(default_factory=list)  # noqa: N815


class Endpoint(_Told):
    """`POST /v1/webhooks`."""

    name: str
    url: Uri
    events: list[Event]
    signingSecretSource: Literal["workspace", "custom"] = "workspace"  # noqa: N815
    signingSecret: str = ""  # noqa: N815
    timeoutMs: Whole = 4000  # noqa: N815


class ChangeEndpoint(_Told):
    """`PATCH /v1/webhooks/{id}`."""

    name: str = ""
    url: Uri = ""
    events: list[Event] = Field(default_factory=list)
    signingSecretSource: Literal["workspace", "custom"] = "workspace"  # noqa: N815
    signingSecret: str = ""  # noqa: N815
    timeoutMs: Whole = 4000  # noqa: N815


class Available(Query):
    """The query of `GET /v1/phone-numbers/available`."""

    areaCode: Annotated[str, Field(pattern="^[0-9]{3}$")] | None = None  # noqa: N815
    locality: str | None = None
    limit: Annotated[QueryInt, Field(ge=1, le=50)] = 10


class AgentCalls(Query):
    """The query of `GET /v1/agents/{id}/calls`."""

    limit: Annotated[QueryInt, Field(ge=1, le=100)] = 50
    cursor: str | None = None
    since: str | None = None
