"""Transfers in which who answers hears something first: both sides meet in a room of their own.

    the caller       goes into the room, and waits there
    a called party   hears the whisper, presses the key, and goes into the room; else is hung up
    when it is over  the caller is put out of the room, and asks for the result

`connect` lets nobody hear anything before they are connected; `call` gives the called party actions of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from flowengine.carriers.contract import Message, Output, Request
from flowengine.carriers.voipbin.actions import DIGITS, Sheet, make_id, milliseconds
from flowengine.carriers.voipbin.memo import Memo
from flowengine.core.commands import Dial

if TYPE_CHECKING:
    from flowengine.carriers.voipbin.rendering import Links

FAR, SCREENED = "far", "screened"
"""What the called party's fetches ask for: what to hear, and what follows the key."""

_TYPED = "flowengine.keys"
_PATIENCE = 10.0


def is_screened(wait: object) -> bool:
    """Whether a wait is a transfer in which who answers hears something first."""
    return isinstance(wait, Dial) and bool(wait.whisper or wait.screen)


def room_of(call: str, turn: int) -> str:
    """The id of the room in which the sides of a transfer meet."""
    return make_id("transfer", call, turn)


def make_room(room: str, name: str = "transfer") -> Request:
    """The request that makes a room under an id of ours: to make it twice makes one."""
    nil = "00000000-0000-0000-0000-000000000000"
    body = {"type": "conference", "id": room, "name": name, "detail": "", "timeout": 0, "data": {}}
    return Request("POST", "/conferences", body | {"pre_flow_id": nil, "post_flow_id": nil}, again=True)


def answer(memo: Memo, message: Message, turn: int, what: str, links: Links, typed: str) -> tuple[Memo, Sheet]:
    """What a called party who asks is to do, and what is known then."""
    asking = message.fields.get("reference_id", "")
    sheet = Sheet(memo.call, turn, what, asking)
    wait = memo.wait
    if not isinstance(wait, Dial) or turn != memo.turn or memo.over or memo.accepted not in ("", asking):
        sheet.add("hangup")
        return memo, sheet
    if what == FAR and wait.whisper:
        sheet.say(wait.whisper, wait.language)
    if what == FAR and wait.screen:
        sheet.add("digits_receive", duration=milliseconds(_PATIENCE), key="", length=1)
        sheet.add("variable_set", key=_TYPED, value=f"${{{DIGITS}}}")
        sheet.fetch(links.to(SCREENED, _TYPED))
        return memo, sheet
    if what == SCREENED and typed[:1] != wait.screen:
        sheet.add("hangup")
        return memo, sheet
    sheet.add("conference_join", conference_id=room_of(memo.call, turn))
    sheet.add("hangup")
    return replace(memo, accepted=asking), sheet


def others(memo: Memo) -> tuple[str, ...]:
    """The ids of the called parties who need not ring any more, once one has accepted."""
    return tuple(far.id for far in memo.far if not far.ended and far.id != memo.accepted)


def is_finished(memo: Memo) -> bool:
    """Whether the called party who accepted has hung up, or nobody can accept any more."""
    if not isinstance(memo.wait, Dial):
        return False
    if memo.accepted:
        return any(far.id == memo.accepted and far.ended for far in memo.far)
    return len(memo.far) >= len(memo.wait.targets) and all(far.ended for far in memo.far)


def release(memo: Memo) -> tuple[Memo, tuple[Output, ...]]:
    """Put the caller out of the room, once, when there is nobody to talk to any more."""
    if not is_screened(memo.wait) or memo.released or not memo.member or memo.over or not is_finished(memo):
        return memo, ()
    path = f"/conferencecalls/{quote(memo.member, safe='')}"
    return replace(memo, released=True), (Request("DELETE", path, again=True),)
