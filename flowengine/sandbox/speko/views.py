"""What Speko's API answers: numbers and verification in camelCase, calls in snake_case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flowengine.sandbox.accounts import NUMBER_PRICE, Account, Owned
from flowengine.sandbox.calls import Call
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.selling import call_price
from flowengine.sandbox.telefonie.errors import ApiError

AREAS = {
    "415": ("San Francisco", "CA"),
    "212": ("New York", "NY"),
    "312": ("Chicago", "IL"),
    "206": ("Seattle", "WA"),
    "617": ("Boston", "MA"),
}


def time(moment: datetime | None) -> str | None:
    """A time as the API has it."""
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(text: str | None, param: str) -> datetime | None:
    """A time that a request names.

    Raises:
        ApiError: 400, it is none, or has no zone.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, "invalid_request", f"{param}: no time in ISO 8601", param) from None
    if moment.tzinfo is None:
        raise ApiError(400, "invalid_request", f"{param}: no time zone", param)
    return moment


def available_view(number: str) -> dict[str, Any]:
    """An `AvailablePhoneNumber`."""
    locality, state = AREAS.get(number[2:5], (None, None))
    return {
        "e164": number,
        "friendlyName": f"({number[2:5]}) {number[5:8]}-{number[8:]}",
        "monthlyCostUsd": float(NUMBER_PRICE),
        "upfrontCostUsd": 0.0,
        "features": ["voice"],
        "region": {"state": state, "locality": locality, "rateCenter": None},
    }


def number_view(account: Account, owned: Owned) -> dict[str, Any]:
    """A `PhoneNumber`."""
    fields = owned.fields
    direction, agent = fields.get("direction", "outbound"), fields.get("agentId")
    answered = bool(agent or fields.get("dispatchMetadataTemplate"))
    managed = "sipConnectionInstallationId" not in fields and "sipTrunkId" not in fields
    suspended = account.blocked
    issues = [] if answered or direction == "outbound" else ["Link an agent to take calls."]
    return {
        "id": owned.id,
        "organizationId": account.id,
        "e164": owned.number,
        "source": "managed" if managed else "sip_trunk",
        "providerResourceId": owned.id if managed else None,
        "telnyxPhoneNumberId": None,
        "sipTrunkId": fields.get("sipTrunkId"),
        "sipConnectionInstallationId": fields.get("sipConnectionInstallationId"),
        "sipProviderName": fields.get("sipProviderName"),
        "direction": direction,
        "dispatchMetadataTemplate": fields.get("dispatchMetadataTemplate"),
        "agentId": agent,
        "label": owned.label,
        "sms10dlcProfileId": None,
        "smsCampaignId": None,
        "smsAssignmentStatus": None,
        "smsAssignmentUpdatedAt": None,
        "setupStatus": {
            "status": "suspended" if suspended else "action_required" if issues else "ready",
            "inboundReady": direction != "outbound" and answered,
            "outboundReady": direction != "inbound",
            "agentReady": bool(agent),
            "forwardingRequired": False,
            "sipConnectionReady": True,
            "issues": issues,
        },
        "nextChargeAt": time(owned.bought + timedelta(days=30)),
        "lastChargedAt": time(owned.bought) if managed else None,
        "suspendedAt": None,
        "createdAt": time(owned.bought),
        "updatedAt": time(fields.get("updated", owned.bought)),
    }


def submission_view(account: Account) -> dict[str, Any] | None:
    """A `PhoneNumberKybSubmission`; None before the first draft."""
    if not account.kyb:
        return None
    kyb = account.kyb
    return {
        "id": kyb["id"],
        "organizationId": account.id,
        "status": account.kyb_status,
        "businessProfile": kyb["businessProfile"],
        "authorizedRepresentative": kyb["authorizedRepresentative"],
        "attestationAccepted": kyb["attestationAccepted"],
        "attestedAt": time(kyb.get("submitted")),
        "submittedAt": time(kyb.get("submitted")),
        "rejectionReason": kyb.get("rejectionReason"),
        "slackNotificationStatus": "not_queued",
        "slackNotificationJobId": None,
        "slackNotificationError": None,
        "createdAt": time(kyb["created"]),
        "updatedAt": time(kyb["updated"]),
    }


def status_of(leg: Leg) -> str:
    """The word for a call's state; Speko publishes none but `dialing`."""
    if leg.is_over:
        return leg.state.value
    return "in_progress" if leg.is_answered else "dialing"


def entry_view(call: Call, agent: str | None) -> dict[str, Any]:
    """An `AgentCallListEntry`."""
    leg = call.leg
    return {
        "id": leg.id,
        "call_id": leg.id,
        "resource_uri": f"/v1/calls/{leg.id}",
        "agent_id": agent,
        "status": status_of(leg),
        "kind": f"phone_{leg.direction}",
        "room_name": f"call-{leg.id}",
        "language": "en-US",
        "created_at": time(leg.created),
        "ended_at": time(leg.ended),
        "duration_seconds": int(leg.seconds_talked) if leg.is_over else None,
        "recording_status": None if call.recording is None else "completed",
    }


def transcript_view(call: Call) -> dict[str, Any]:
    """What the agent has said."""
    spoken = [heard.text for heard in call.leg.heard if heard.kind == "say"]
    entries: list[dict[str, Any]] = [
        {
            "id": f"{call.leg.id}-{index}",
            "index": index,
            "source": "agent",
            "text": text,
            "started_at": time(call.leg.answered or call.leg.created),
            "metadata": {},
        }
        for index, text in enumerate(spoken)
    ]
    return {"entries": entries}


def detail_view(call: Call, fields: dict[str, Any]) -> dict[str, Any]:
    """A `CallDetail`. The numbers are in its metadata: it has no field for them."""
    metadata = {**fields["metadata"], "from": call.leg.caller, "to": call.leg.callee}
    return entry_view(call, fields["agent"]) | {
        "metadata": metadata,
        "transfers": fields["transfers"],
        "transcript": transcript_view(call),
    }


def report_view(account: Account, call: Call, fields: dict[str, Any]) -> dict[str, Any]:
    """A `CallReport`."""
    return {
        "session_id": call.leg.id,
        "organization_id": account.id,
        "summary": f"A call of {int(call.leg.seconds_talked)} seconds.",
        "outcome": status_of(call.leg),
        "transcript": transcript_view(call),
        "cost_micro_usd": str(int(call_price(call) * 1_000_000)),
        "metadata": fields["metadata"],
        "analysis_status": "heuristic",
    }
