"""sms-voip's answers are documented in part: the rest is read whatever it is."""

from decimal import Decimal

import pytest

from flowengine.carriers.models import CallState
from flowengine.carriers.sms_voip import rest
from flowengine.carriers.sms_voip.client import SmsVoipClient
from flowengine.carriers.sms_voip.config import SmsVoipConfig


def test_a_message_has_its_documented_answer() -> None:
    sent = rest.send_message("+1555", "Hi", key="k").read({"message_id": "msg_123", "status": "queued", "cost": 0.006})
    assert (sent.id, sent.status, sent.price, sent.to, sent.text) == (
        "msg_123",
        "queued",
        Decimal("0.006"),
        "+1555",
        "Hi",
    )
    with pytest.raises(ValueError, match="message_id"):
        rest.send_message("+1555", "Hi", key="k").read({"status": "queued"})


@pytest.mark.parametrize("answer", [None, {}, {"status": "queued"}, "ok"])
def test_a_call_may_be_placed_without_an_id(answer: object) -> None:
    call = rest.place_call("+1555", key="k").read(answer)
    assert (call.id, call.to, call.state) == ("", "+1555", CallState.QUEUED)


def test_the_platforms_status() -> None:
    status = rest.get_status().read({"status": "ok", "notice": "", "components": [{"name": "SMS", "status": "up"}, 5]})
    assert [(part.name, part.status) for part in status.components] == [("SMS", "up")]
    assert rest.get_status().read(None).components == ()


def test_a_plus_in_a_search_is_no_space() -> None:
    from yarl import URL

    query = rest.list_logs(search="+1555").request.query
    assert "search=%2B1555" in str(URL("https://example.com").extend_query(query))


def test_whole_amounts_stay_whole() -> None:
    assert rest.top_up(Decimal("25.00"), key="k").request.json == {"amount": 25}
    assert rest.top_up(Decimal("2.5"), key="k").request.json == {"amount": 2.5}


async def test_nothing_is_moved_for_less_than_something() -> None:
    client = SmsVoipClient(None, lambda: "k")  # type: ignore[arg-type]
    for amount in ("0", "-1", "NaN"):
        with pytest.raises(ValueError, match="above zero"):
            await client.top_up(Decimal(amount))


def test_secrets_are_not_shown() -> None:
    config = SmsVoipConfig(api_key="sk_live_x", webhook_secret="whsec_y")
    assert "sk_live_x" not in repr(config)
    assert "whsec_y" not in repr(config)
