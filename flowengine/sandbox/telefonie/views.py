"""What the API gives: calls, conferences and participants as JSON. Fields without a value are left out."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from flowengine.sandbox.calls import Call
from flowengine.sandbox.documents.program import Goto
from flowengine.sandbox.network.conference import Member, Room

# A price for each minute begun, so that clients have one to show. A charge is negative.
_PRICE_PER_MINUTE = Decimal("0.0100")


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _price(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return str(Decimal("0.0000") - _PRICE_PER_MINUTE * minutes)


def call_view(call: Call) -> dict[str, Any]:
    """A `Call`."""
    leg = call.leg
    seconds = int(leg.seconds_talked) if leg.is_over else None
    return _present(
        {
            "id": leg.id,
            "status": leg.state.value,
            "direction": leg.direction,
            "from": leg.caller,
            "to": leg.callee,
            "duration": seconds,
            "start_time": _time(leg.answered),
            "end_time": _time(leg.ended),
            "price": None if seconds is None else _price(seconds),
            "price_unit": "USD",
            "recording_url": None if call.recording is None else call.recording.url,
            "url": call.target.url if isinstance(call.target, Goto) else None,
            "status_callback": call.status_callback or None,
            "answered_by": leg.answered_by if leg.answered_by in ("human", "machine", "unknown") else None,
        }
    )


def conference_view(room: Room) -> dict[str, Any]:
    """A `Conference`."""
    return {
        "id": room.id,
        "friendly_name": room.name,
        "status": room.state.value,
        "participant_count": len(room.members),
        "max_participants": room.seats,
        "date_created": _time(room.created),
    }


def participant_view(room: Room, member: Member) -> dict[str, Any]:
    """A `Participant` who is in the room."""
    return {
        "call_id": member.leg.id,
        "conference_id": room.id,
        "muted": member.muted,
        "hold": member.hold,
        "status": "connected",
    }
