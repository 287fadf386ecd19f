"""What the console keeps of requests and answers: what was typed in confidence is in neither."""

import pytest

from flowengine.carriers.contract import Carrier, Message, Reply
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.core.commands import Listen
from flowengine.core.events import Started
from flowengine.core.machine import Turn
from flowengine.core.session import Facts, Frame, Session
from flowengine.runtime.store import CallRecord
from flowengine.web.console.exchanges import Exchanges
from flowengine.web.console.hidden import Hidden

PIN = Listen(5, 3, True, "en", longest=4, finish="#", sensitive=True)
FACTS = Facts("CA1", "+15557650001", "+15551230000", "inbound", "voipbin", 1.0)
VOIPBIN = Voipbin(VoipbinConfig(), b"k", "https://ivr.example")
TELEFONIE = Telefonie(TelefonieConfig(), b"k")


@pytest.mark.parametrize("typed", ["4321", "7"])
@pytest.mark.parametrize(
    ("carrier", "path", "field"),
    [(VOIPBIN, ("turn", "t", "CA1", "1", "keys"), "d"), (TELEFONIE, ("turn", "t", "CA1", "1"), "digits")],
    ids=["voipbin", "telefonie"],
)
def test_a_url_to_ask_for_once_more_does_not_tell(
    carrier: Carrier, path: tuple[str, ...], field: str, typed: str
) -> None:
    hidden = Hidden()
    exchanges = Exchanges(hidden)
    hidden.turned(
        CallRecord("CA1", 1, carrier.name, Session("v", FACTS, [Frame("main", 0)]), None),
        Started(1.0),
        Turn(1, (), PIN),
    )
    exchanges.overhear(carrier, Message(path, {"call_id": "CA1"}, 1.0), Reply(), 0.1)
    said = {"call_id": "CA1", field: typed, "e": "1"}
    target = f"/{carrier.name}/{'/'.join(path)}?{field}={typed}&e=1"
    asked = Message(path, said, 2.0, "GET", target=target)
    exchanges.overhear(carrier, asked, carrier.patience(asked), 0.1)
    kept = exchanges.of("CA1")
    assert kept is not None
    assert kept[-1].fields[field] == "••••"
    assert f"{field}={typed}" not in kept[-1].body
    assert len(typed) == 1 or typed not in kept[-1].body
    assert "/turn/t/CA1/1" in kept[-1].body
