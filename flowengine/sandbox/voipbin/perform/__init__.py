"""How each action is carried out: one module a family of them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from flowengine.sandbox.voipbin.activeflow import Action, Activeflow
from flowengine.sandbox.voipbin.perform import control, media, reach

Performer = Callable[[Activeflow, Mapping[str, Any]], Awaitable[None]]

ON_CALLS: dict[str, Performer] = {
    "amd": media.detect_machine,
    "answer": media.answer,
    "beep": media.beep,
    "condition_call_digits": control.condition_call_digits,
    "condition_call_status": control.condition_call_status,
    "confbridge_join": reach.join_conference,
    "conference_join": reach.join_conference,
    "connect": reach.connect,
    "digits_receive": media.receive_digits,
    "digits_send": media.send_digits,
    "echo": media.sleep,
    "hangup": media.hang_up,
    "play": media.play,
    "queue_join": reach.join_queue,
    "recording_start": media.start_recording,
    "recording_stop": media.stop_recording,
    "sleep": media.sleep,
    "stream_echo": media.sleep,
    "talk": media.talk,
    "transcribe_start": media.start_transcription,
}
"""Actions that are skipped where there is no call."""

ANYWHERE: dict[str, Performer] = {
    "branch": control.branch,
    "call": reach.place_calls,
    "condition_datetime": control.condition_datetime,
    "condition_variable": control.condition_variable,
    "fetch": control.fetch,
    "fetch_flow": control.fetch_flow,
    "goto": control.go_to,
    "message_send": reach.send_message,
    "email_send": reach.send_email,
    "stop": control.stop,
    "variable_set": control.set_variable,
    "webhook_send": reach.send_webhook,
}

NOTHING = frozenset(
    {
        "ai_summary",
        "ai_talk",
        "ai_task",
        "block",
        "case_create",
        "conversation_send",
        "external_media_start",
        "external_media_stop",
        "mute",
        "transcribe_recording",
        "transcribe_stop",
    }
)
"""Actions without a handler at the carrier, for flows that are on no call, or of its other products."""

KNOWN = frozenset({*ON_CALLS, *ANYWHERE, *NOTHING})


async def perform(flow: Activeflow, action: Action) -> None:
    """Carry out an action; one that is not known is skipped."""
    kind = action["type"]
    performer = ANYWHERE.get(kind) or (ON_CALLS.get(kind) if flow.call is not None else None)
    if performer is not None:
        # Ids of targets and names of variables are never filled in, only texts are; nothing of ours has `${` in an id.
        await performer(flow, flow.fill(action.get("option") or {}) | {"_id": action.get("id", "")})
    elif kind not in KNOWN:
        flow.tell(f"no handler for the action {kind}")
