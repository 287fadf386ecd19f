"""Documents that cannot be had or are wrong: the caller hears so, and the observers learn why."""

import asyncio

import pytest

from flowengine.sandbox import Happening, LegState
from tests.sandbox.customer import Stage, heard, stage

APOLOGY = "We are sorry. An application error has occurred. Goodbye."


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (500, "status 500"),
        ("<Response><Say>", "no well-formed XML"),
        ("<Html/>", "begins with <Html>"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><Response/>", "DOCTYPE"),
        ("<Response><Shout>Hi</Shout></Response>", "'shout' is no verb"),
        ("<Response><Gather timeout='soon'/></Response>", "timeout='soon' is not a number"),
        ("<Response><Gather numDigits='0'/></Response>", "would never listen"),
        ("<Response><Gather><Hangup/></Gather></Response>", "only say, play and pause"),
        ("<Response><Pause length='-1'/></Response>", "length='-1' is not between"),
        ("<Response><Dial/></Response>", "nobody to dial"),
        ("<Response><Dial><Conference>a</Conference><Queue>b</Queue></Dial></Response>", "stands alone"),
        ("<Response><Record playBeep='maybe'/></Response>", "is not true or false"),
        ("<Response><Play digits='1x'/></Response>", "something else than keys"),
        ("<Response><Redirect method='PUT'>/x</Redirect></Response>", "is not GET or POST"),
        ({"verbs": []}, '{"actions": [...]}'),
        ({"actions": [{"say": {"text": ["a", 1]}}]}, "neither a text nor a number"),
        ("<Response>" + "<Pause length='0'/>" * 10_001 + "</Response>", "more than 10000 elements"),
    ],
)
async def test_the_caller_hears_of_it(carrier: Stage, answer: object, reason: str) -> None:
    errors: list[Happening] = []
    carrier.sandbox.bulletin.observe(lambda happening: errors.append(happening) if happening.kind == "error" else None)
    phone = await carrier.call(answer)
    assert heard(phone) == [APOLOGY]
    assert phone.state is LegState.COMPLETED
    assert reason in errors[0].text


async def test_nobody_is_there(carrier: Stage) -> None:
    phone = await carrier.call("<Response><Redirect>http://127.0.0.1:9/</Redirect></Response>")
    assert heard(phone) == [APOLOGY]


async def test_the_answer_takes_too_long() -> None:
    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, stage(webhook_timeout=0.1) as carrier:
        phone = await carrier.call(f"<Response><Redirect>http://127.0.0.1:{port}/</Redirect></Response>")
        assert heard(phone) == [APOLOGY]


async def test_the_fallback_is_asked_once() -> None:
    async with stage(fallback=True) as carrier:
        carrier.customer.documents["/fallback"] = "<Response><Say>Plan B</Say><Redirect>/voice</Redirect></Response>"
        phone = await carrier.call(500)
        assert heard(phone) == ["Plan B", APOLOGY]
        [fields] = carrier.customer.asked("/fallback")
        assert fields["error_url"] == f"{carrier.customer.url}/voice"
        assert "500" in fields["error_message"]


async def test_a_line_that_is_not_ours(carrier: Stage) -> None:
    phone = carrier.sandbox.network.place_call("+15557650001", "+15550000000")
    assert phone.state is LegState.FAILED
    with pytest.raises(RuntimeError, match="cannot press keys"):
        phone.press("1")


async def test_a_handset_refuses_what_a_phone_cannot_do(carrier: Stage) -> None:
    phone = await carrier.call("<Response><Gather/></Response>")
    with pytest.raises(ValueError, match="something else"):
        phone.press("x")
    with pytest.raises(RuntimeError, match="nothing records"):
        phone.leave(1)
    with pytest.raises(RuntimeError, match="cannot be answered"):
        phone.answer()
