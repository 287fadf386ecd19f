"""The further commands over a carrier's API: calls placed and transferred, accounts, webhooks, any request; and what
webhooks have told."""

import asyncio
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.cli.main import main
from flowengine.runtime.store import Outgoing, SqliteStore, Told
from tests.cli.test_carrier_commands import Capture, Carrier, run

PHONE, LINE, SPEKO_LINE = "+15557650001", "+15551230000", "+14155550199"


@pytest.fixture
def carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    """An embedded carrier, and an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    with Carrier() as made:
        yield made


def shown(carrier: Carrier, capsys: Capture, *words: str) -> list[dict[str, object]]:
    """What a command shows as JSON."""
    status, out, err = run(carrier, capsys, *words, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("name", ["telefonie", "finespeak", "sms-voip", "speko"])
def test_a_call_is_placed(name: str, carrier: Carrier, capsys: Capture) -> None:
    sender = SPEKO_LINE if name == "speko" else LINE
    [call] = shown(carrier, capsys, "calls", "place", PHONE, "--from", sender, "--carrier", name)
    assert (call["sender"], call["to"]) == (sender, PHONE)
    assert call["state"] in ("queued", "initiated")


def test_a_call_goes_on_with_somebody_else(carrier: Carrier, capsys: Capture) -> None:
    words = ("--carrier", "speko")
    [call] = shown(carrier, capsys, "calls", "place", PHONE, *words)
    number = str(call["id"])
    for _ in range(100):
        if shown(carrier, capsys, "calls", "show", number, *words)[0]["state"] == "answered":
            break
        time.sleep(0.05)
    status, out, _ = run(carrier, capsys, "calls", "transfer", number, "+15557650002", *words)
    assert (status, out) == (0, f"{number} goes on with +15557650002\n")
    status, _, err = run(carrier, capsys, "calls", "transfer", "x", PHONE, "--carrier", "finespeak")
    assert status == 1
    assert "carriers that can: voipbin, speko" in err


def test_a_number_is_brought_along_and_shown(carrier: Carrier, capsys: Capture) -> None:
    words = ("numbers", "import", "+12065550123", "--connection", "sip_1", "--label", "Desk", "--carrier", "speko")
    [number] = shown(carrier, capsys, *words)
    assert (number["number"], number["label"]) == ("+12065550123", "Desk")
    assert shown(carrier, capsys, "numbers", "show", "+12065550123", "--carrier", "speko") == [number]
    assert run(carrier, capsys, "numbers", "show", "+12065550124", "--carrier", "speko")[0] == 1


def test_a_message_is_shown_and_deleted(carrier: Carrier, capsys: Capture) -> None:
    [sent] = shown(carrier, capsys, "messages", "send", PHONE, "Hello!", "--from", LINE)
    assert shown(carrier, capsys, "messages", "show", str(sent["id"]))[0]["text"] == "Hello!"
    assert run(carrier, capsys, "messages", "delete", str(sent["id"])) == (0, f"{sent['id']} is deleted\n", "")
    assert run(carrier, capsys, "messages", "show", str(sent["id"]))[0] == 1


def test_a_conference_is_made_and_people_are_called_into_it(carrier: Carrier, capsys: Capture) -> None:
    [made] = shown(carrier, capsys, "conferences", "create", "Monday", "--seats", "3")
    assert (made["name"], made["seats"]) == ("Monday", 3)
    name = str(made["id"])
    [added] = shown(carrier, capsys, "conferences", "add", name, PHONE, "--from", LINE, "--muted")
    assert added["conference"] == name
    for _ in range(100):
        if people := shown(carrier, capsys, "conferences", "people", name):
            break
        time.sleep(0.05)  # they are in it once they have answered
    assert [(each["call"], each["muted"]) for each in people] == [(added["call"], True)]
    assert [each["id"] for each in shown(carrier, capsys, "conferences", "list")] == [name]
    assert [each["id"] for each in shown(carrier, capsys, "conferences", "--json")] == [name]


def test_a_recording_that_is_not_there_is_not_deleted(carrier: Carrier, capsys: Capture) -> None:
    assert shown(carrier, capsys, "recordings", "list") == []
    status, _, err = run(carrier, capsys, "recordings", "delete", "RE1")
    assert status == 1
    assert "it is not there" in err


def test_how_the_service_does(carrier: Carrier, capsys: Capture) -> None:
    [found] = shown(carrier, capsys, "status", "--carrier", "sms-voip")
    assert found["status"] == "operational"
    assert isinstance(found["components"], dict)
    assert "sms" in run(carrier, capsys, "status", "--carrier", "sms-voip")[1].lower()


def test_the_sip_account_is_set_up(carrier: Carrier, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--carrier", "sms-voip")
    assert run(carrier, capsys, "account", "caller-id", "+15550111222", *words)[:2] == (
        0,
        "+15550111222 is the number that calls show now\n",
    )
    assert run(carrier, capsys, "account", "top-up", "25", *words)[:2] == (0, "25 is moved to the SIP account\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret!\n"))
    status, out, err = run(carrier, capsys, "account", "sip-password", *words)
    assert (status, out, err) == (0, "the password is set\n", "")
    account = carrier.sandbox.accounts["sms-voip"].all[0]
    assert account.balance == 75


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("account", "top-up", "much", "--carrier", "sms-voip"), 2, "much is no amount"),
        (("account", "top-up", "-5", "--carrier", "sms-voip"), 1, "above zero"),
        (("account", "top-up", "0", "--carrier", "sms-voip"), 1, "above zero"),
        (("account", "top-up", "1000", "--carrier", "sms-voip"), 1, "top up the account"),
        (("account", "caller-id", "+1", "--carrier", "speko"), 1, "carriers that can: sms-voip"),
        (("webhooks", "list", "--carrier", "telefonie"), 1, "carriers that can: voipbin, speko"),
        (("webhooks", "add", "https://example.com", "--secret", "$NOT_SET", "--carrier", "speko"), 2, "NOT_SET is not"),
        (("api", "GET", "http://elsewhere.example/", "--carrier", "speko"), 2, "no URL"),
        (("api", "GET", "//elsewhere.example/", "--carrier", "speko"), 2, "no URL"),
        (("api", "GET", "/numbers", "-q", "country", "--carrier", "finespeak"), 2, "NAME=VALUE"),
        (("api", "POST", "/calls", "-d", "{", "--carrier", "finespeak"), 2, "no JSON"),
        (("api", "POST", "/calls", "-d", "@nothing.json", "--carrier", "finespeak"), 2, "No such file"),
        (("api", "POST", "/calls", "-d", "{}", "--carrier", "finespeak"), 1, "400 invalid_request"),
        (("api", "GET", "/nothing", "--carrier", "finespeak"), 1, "it is not there"),
    ],
)
def test_what_is_wrong_is_told(
    carrier: Carrier, capsys: Capture, words: tuple[str, ...], status: int, says: str
) -> None:
    found, out, err = run(carrier, capsys, *words)
    assert (found, out) == (status, "")
    assert says in err


def test_webhooks_are_added_and_removed(carrier: Carrier, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "whsec_s3cret")
    add = ("webhooks", "add", "https://example.com/speko/events", "--event", "call.report", "--secret", "$HOOK_SECRET")
    [made] = shown(carrier, capsys, *add, "--carrier", "speko")
    assert (made["url"], made["events"]) == ("https://example.com/speko/events", ["call.report"])
    [every] = shown(carrier, capsys, "webhooks", "add", "https://example.com/all", "--carrier", "speko")
    assert isinstance(every["events"], list)
    assert len(every["events"]) == 5
    assert len(shown(carrier, capsys, "webhooks", "list", "--carrier", "speko")) == 2
    assert run(carrier, capsys, "webhooks", "remove", str(made["id"]), "--carrier", "speko")[0] == 0
    assert [each["id"] for each in shown(carrier, capsys, "webhooks", "list", "--carrier", "speko")] == [every["id"]]


def test_any_request_is_made_with_the_carriers_key(carrier: Carrier, capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "sms.json").write_text(json.dumps({"to": PHONE, "text": "Hello"}), "utf-8")
    send = ("api", "POST", "/sms/send", "-d", "@sms.json", "--key", "once", "--carrier", "sms-voip")
    first, second = (run(carrier, capsys, *send) for _ in range(2))
    assert first[0] == 0
    assert first == second
    assert list(carrier.sandbox.accounts["sms-voip"].all[0].messages) == [json.loads(first[1])["message_id"]]
    search = ("api", "get", "numbers/available", "-q", "country=US", "-q", "area_code=212", "--carrier", "finespeak")
    status, out, _ = run(carrier, capsys, *search)
    assert status == 0
    assert json.loads(out)["numbers"][0]["phone_number"] == "+12125550100"


@pytest.fixture
def told(tmp_path: Path) -> None:
    """A store in which a server has kept what a carrier told."""

    async def keep() -> None:
        store = SqliteStore(tmp_path / ".flowengine" / "state.db", {})
        for at, (call, status) in enumerate([("CA1", "initiated"), ("CA2", "answered"), ("CA1", "completed")]):
            fields = {"id": call, "state": status, "to": PHONE, "seconds": 7 if status == "completed" else None}
            item = Told(f"e{at}", "sms-voip", status, call, float(at), call=fields)
            await store.note(item, Outgoing(f"e{at}", "event", call, "sms-voip", {}, 0.0))
        report = {"id": "msg_1", "status": "delivered", "price": "0.006"}
        item = Told("e9", "sms-voip", "delivery_report", "msg_1", 9.0, message=report)
        await store.note(item, Outgoing("e9", "event", "msg_1", "sms-voip", {}, 0.0))
        await store.close()

    asyncio.run(keep())


@pytest.mark.usefixtures("told")
def test_what_webhooks_have_told_is_shown(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def tell(*words: str) -> list[dict[str, object]]:
        assert main([*words, "--told", "--carrier", "sms-voip", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        return found if isinstance(found, list) else [found]

    [one] = tell("calls", "show", "CA1")
    assert (one["state"], one["seconds"]) == ("completed", 7)
    assert [(each["id"], each["state"]) for each in tell("calls", "list")] == [
        ("CA1", "completed"),
        ("CA2", "answered"),
    ]
    assert [each["id"] for each in tell("calls", "list", "--limit", "1")] == ["CA1"]
    assert [(each["id"], each["status"], each["price"]) for each in tell("messages", "list")] == [
        ("msg_1", "delivered", "0.006")
    ]
    assert main(["calls", "show", "CA9", "--told", "--carrier", "sms-voip"]) == 1
    assert capsys.readouterr().out == "sms-voip has told nothing of CA9\n"


def test_without_a_store_nothing_was_told(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["messages", "list", "--told", "--carrier", "sms-voip"]) == 2
    assert "no calls are kept in" in capsys.readouterr().err
