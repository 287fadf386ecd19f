"""Telefonie's adapter with a call that begins, for tests of documents and of webhooks."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from flowengine.carriers.contract import Message, Opening
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.telefonie.memo import Memo
from flowengine.core.commands import Command, Wait
from flowengine.core.events import Event
from flowengine.core.machine import Turn

KEY = b"k" * 32
CALL = "CA0123"


def adapter(base: str = "", **config: Any) -> Telefonie:
    """The adapter, its documents' links relative unless a base is given."""
    return Telefonie(TelefonieConfig(**config), KEY, base)


def begun(telefonie: Telefonie) -> Memo:
    """The memo of a call that begins."""
    route = telefonie.route(Message(("voice",), {"call_id": CALL, "from": "+15557650001", "to": "+15551230000"}, 1.0))
    assert isinstance(route, Opening)
    return telefonie.open(route)


def performed(wait: Wait, *commands: Command, turn: int = 1, telefonie: Telefonie | None = None) -> tuple[Memo, str]:
    """The memo and the document after a turn."""
    carrier = telefonie or adapter()
    step = carrier.perform(begun(carrier), Turn(turn, commands, wait), asked=True)
    assert step.reply is not None
    return step.memo, step.reply.body


def elements(document: str) -> ElementTree.Element:
    """The document, parsed."""
    return ElementTree.fromstring(document.encode())


def tags(document: str) -> list[str]:
    """The names of all elements below the root, in order."""
    return [element.tag for element in elements(document).iter()][1:]


def webhook(memo: Memo, fields: Mapping[str, str], *, turn: int = 1, what: str = "", at: float = 2.0) -> Message:
    """A webhook about a turn of the call."""
    path = ("turn", memo.token, CALL, str(turn), *((what,) if what else ()))
    return Message(path, {"call_id": CALL, **fields}, at)


def event(wait: Wait, fields: Mapping[str, str], what: str = "") -> Event | None:
    """What a webhook says after a turn that ended in `wait`."""
    carrier = adapter()
    memo, _ = performed(wait, telefonie=carrier)
    return carrier.receive(memo, webhook(memo, fields, what=what)).event
