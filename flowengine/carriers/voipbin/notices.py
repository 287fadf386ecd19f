"""What VoIPBIN tells beside the calls of flows: of messages, numbers, and the account."""

from __future__ import annotations

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.intake import key_of
from flowengine.carriers.models import Message as TextMessage
from flowengine.carriers.models import Notice
from flowengine.carriers.reading import Fields, text
from flowengine.carriers.voipbin import times, webhooks
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.signature import HEADER, problem


def read_notice(config: VoipbinConfig, message: Message) -> Notice | Refused | None:
    """What a webhook tells; None for one about a call. Events and fields that a release of theirs adds are let pass."""
    found = problem(message.headers.get(HEADER), message.body, config.secrets, config.checks)
    if found is not None:
        return Refused(403, found)
    notice = webhooks.read(webhooks.signed(message))
    if notice is None:
        return Refused(400, "the webhook has no type or no data")
    if notice.call:
        return None
    told = _message(notice.data) if notice.type.startswith("message_") else None
    at = times.read(notice.data.get("tm_update") or notice.data.get("tm_create"))
    return Notice(event=notice.type, key=key_of(message.body), at=at, message=told, raw=notice.data)


def _message(data: Fields) -> TextMessage | None:
    about = text(data, "id")
    if not about:
        return None
    targets = data.get("targets")
    first = targets[0] if isinstance(targets, list) and targets and isinstance(targets[0], dict) else {}
    source, destination = data.get("source"), first.get("destination")
    return TextMessage(
        id=about,
        status=text(first, "status"),
        sender=text(source, "target") if isinstance(source, dict) else "",
        to=text(destination, "target") if isinstance(destination, dict) else "",
        text=text(data, "text"),
        direction="inbound" if data.get("direction") == "inbound" else "outbound",
        at=times.read(data.get("tm_create")),
        raw=data,
    )
