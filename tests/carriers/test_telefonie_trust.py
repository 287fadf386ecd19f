"""What a request proves: the signature of a body says nothing about the URL it was sent to."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from flowengine.carriers.contract import About, Message, Opening, Refused, Request
from flowengine.carriers.signature import sign
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.core.commands import Listen
from flowengine.core.events import Keys, Silence
from flowengine.server.requests import message
from tests.carriers.telefonie_calls import CALL, adapter, elements, performed

SECRET = "s3cret"
BEGINS = {"call_id": CALL, "from": "+15557650001", "to": "+15551230000", "status": "ringing"}
ADA = urlencode({"arguments": '{"name":"Ada"}'})
PIN = Listen(5, 3, True, "en", longest=4, finish="#", sensitive=True)


def signed() -> Telefonie:
    return adapter(webhook_secret=SECRET)


def sent(target: str, body: Mapping[str, str] | None = None, *, at: int = 1000) -> Message:
    """A request as the server reads it, its signature over the body, or where it has none over path and query."""
    text = urlencode(body).encode() if body else b""
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-signature": sign(SECRET, at, text or target.encode()),
    }
    return message("POST" if body else "GET", target, headers, text, "/telefonie/", at)


def test_with_a_body_the_query_says_nothing() -> None:
    route = signed().route(sent("/telefonie/voice/menu?to=%2B15559990000&SipHeader_X-A=1&answered_by=human", BEGINS))
    assert isinstance(route, Opening)
    assert (route.facts.called, route.facts.headers, route.facts.answered_by) == ("+15551230000", {}, None)
    assert (route.flow, route.moves) == ("menu", False)


def test_arguments_count_only_where_the_url_is_signed() -> None:
    refused = signed().route(sent(f"/telefonie/voice/menu?{ADA}", BEGINS))
    assert isinstance(refused, Refused)
    assert refused.status == 403
    asked = signed().route(sent(f"/telefonie/voice/menu?{ADA}&{urlencode(BEGINS)}"))
    assert isinstance(asked, Opening)
    assert (asked.flow, asked.arguments, asked.moves) == ("menu", {"name": "Ada"}, True)
    unsigned = adapter().route(sent(f"/telefonie/voice/menu?{ADA}", BEGINS))
    assert isinstance(unsigned, Opening)
    assert (unsigned.arguments, unsigned.moves) == ({"name": "Ada"}, True)


def test_calls_that_we_place_ask_in_a_way_that_signs_their_arguments() -> None:
    placed = signed().dial("+15557650001", "+15551230000", "menu", {"name": "Ada"}, 30)
    assert isinstance(placed, Request)
    assert placed.json["method"] == "GET"
    url = urlsplit(placed.json["url"])
    route = signed().route(sent(f"{url.path}?{url.query}&{urlencode(BEGINS)}"))
    assert isinstance(route, Opening)
    assert (route.flow, route.arguments) == ("menu", {"name": "Ada"})


def test_news_of_the_end_of_a_call_do_not_begin_one() -> None:
    assert isinstance(signed().route(sent("/telefonie/voice/menu", {**BEGINS, "status": "completed"})), Refused)


@pytest.mark.parametrize("query", ["", "?digits=99"])
def test_what_is_said_of_a_turn_is_in_the_body(query: str) -> None:
    telefonie = signed()
    memo, _ = performed(PIN)
    path = f"/telefonie/turn/{memo.token}/{CALL}/1"
    for body, event in (({"digits": "12"}, Keys(1000, "12", final=True)), ({"digits": ""}, Silence(1000))):
        assert telefonie.receive(memo, sent(path + query, {"call_id": CALL, **body})).event == event
    assert telefonie.receive(memo, sent(path + query, {"call_id": CALL})).event == Silence(1000)


def test_a_body_about_another_call_is_refused() -> None:
    telefonie = signed()
    memo, _ = performed(PIN)
    path = f"/telefonie/turn/{memo.token}/{CALL}/1"
    assert isinstance(telefonie.route(sent(path, {"call_id": CALL, "digits": "1"})), About)
    assert isinstance(telefonie.route(sent(path, {"call_id": "CA2", "digits": "1"})), Refused)
    assert isinstance(telefonie.route(sent(path, {"CallSid": "CA2", "Digits": "1"})), Refused)
    # Whoever is called has a call of their own.
    assert isinstance(telefonie.route(sent(f"{path}/whisper", {"call_id": "CA2"})), About)


# ------------------------------------------------------------------------------------------------- URLs to come back to


def back(telefonie: Telefonie, asked: Message) -> str:
    """Where the caller is sent while something is wrong."""
    return elements(telefonie.patience(asked).body)[1].text or ""


@pytest.mark.parametrize("telefonie", [signed(), adapter()], ids=["signed", "unsigned"])
def test_what_was_typed_is_not_in_a_url(telefonie: Telefonie) -> None:
    memo, _ = performed(PIN)
    asked = sent(f"/telefonie/turn/{memo.token}/{CALL}/1", {"call_id": CALL, "digits": "4321"})
    url = back(telefonie, asked)
    assert "4321" not in url
    assert url == back(telefonie, asked)
    again = sent(url, {"call_id": CALL})
    assert telefonie.receive(memo, again).event == Keys(1000, "4321")
    assert back(telefonie, again) == url


def test_what_was_sealed_is_opened_at_its_place_only() -> None:
    telefonie = signed()
    memo, _ = performed(PIN)
    path = f"/telefonie/turn/{memo.token}/{CALL}/1"
    url = back(telefonie, sent(path, {"call_id": CALL, "digits": "4321"}))
    sealed = url.partition("?s=")[2]
    changed = ("A" if sealed[0] != "A" else "B") + sealed[1:]
    elsewhere = path.removesuffix("1") + "2"
    for target, body in (
        (f"{path}?s={changed}", {"call_id": CALL}),
        (f"{path}?s=", {"call_id": CALL}),
        (f"{path}?s=%ff%00a", {"call_id": CALL}),
        (f"{path}?s={sealed}", {"call_id": "CA2"}),
    ):
        assert telefonie.receive(memo, sent(target, body)).event == Silence(1000), target
    memo, _ = performed(PIN, turn=2)
    assert telefonie.receive(memo, sent(f"{elsewhere}?s={sealed}", {"call_id": CALL})).event == Silence(1000)


@pytest.mark.parametrize("secret", [SECRET, ""])
def test_an_opening_comes_back_as_it_was(secret: str) -> None:
    telefonie = adapter(webhook_secret=secret)
    begins = sent(f"/telefonie/voice/menu?{ADA}&{urlencode(BEGINS)}")
    first = telefonie.route(begins)
    again = telefonie.route(sent(back(telefonie, begins), {**BEGINS, "status": "in-progress"}))
    assert isinstance(first, Opening)
    assert isinstance(again, Opening)
    assert first == again
    plain = sent("/telefonie/voice", BEGINS)
    back_again = telefonie.route(sent(back(telefonie, plain), {**BEGINS, "status": "in-progress"}))
    assert telefonie.route(plain) == back_again


def test_the_url_to_come_back_to_names_only_what_is_known_of_the_call() -> None:
    url = back(adapter(), sent("/telefonie/voice/menu", BEGINS))
    assert [name for name, _ in parse_qsl(urlsplit(url).query)] == ["s"]


# ---------------------------------------------------------------------------------------------------------------- depth


@pytest.mark.parametrize("levels", [32, 980, 20_000])
def test_arguments_are_not_nested_without_end(levels: int) -> None:
    deep = '{"name":' + "[" * levels + "]" * levels + "}"
    route = adapter().route(sent("/telefonie/voice/menu", {**BEGINS, "arguments": deep}))
    assert isinstance(route, Refused)
    assert route.status == 400
    fine = '{"name":' + "[" * 31 + "]" * 31 + "}"
    assert isinstance(adapter().route(sent("/telefonie/voice/menu", {**BEGINS, "arguments": fine})), Opening)
