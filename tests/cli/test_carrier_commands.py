"""The commands over a carrier's API, as a user runs them, against the embedded carrier over HTTP."""

import asyncio
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from flowengine.carriers.models import AvailableNumber
from flowengine.cli.carrier_api import show
from flowengine.cli.main import main
from flowengine.sandbox import Sandbox, SandboxConfig
from flowengine.sandbox.faults import Fault

Capture = pytest.CaptureFixture[str]
SPEKO_LINE = "+14155550199"


class Carrier:
    """An embedded carrier in a thread of its own, since the commands have an event loop of theirs."""

    def __init__(self) -> None:
        self.url = ""
        self.sandbox: Sandbox
        self.loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: self.loop.run_until_complete(self._serve()))

    async def _serve(self) -> None:
        async with Sandbox(SandboxConfig(pace=0, seed=3)) as self.sandbox:
            self.url = self.sandbox.url
            self._started.set()
            await self._stop.wait()

    def __enter__(self) -> "Carrier":
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture
def carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    """An embedded carrier, and an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    with Carrier() as made:
        yield made


def run(carrier: Carrier, capsys: Capture, *words: str) -> tuple[int, str, str]:
    """A command with the embedded carrier's address: its status, output and errors."""
    status = main([*words, "--sandbox", carrier.url])
    out, err = capsys.readouterr()
    return status, out, err


def test_the_table_of_carriers_is_made_from_their_declarations(capsys: Capture) -> None:
    assert main(["carriers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["CAN", "TELEFONIE", "VOIPBIN", "FINESPEAK", "SMS-VOIP", "SPEKO"]
    assert lines[1].split() == ["run", "flows", "yes", "yes", "no", "no", "no"]
    assert next(line.split() for line in lines if line.startswith("kyb.submit"))[1:] == ["no", "no", "no", "no", "yes"]


def test_one_carrier_in_detail(capsys: Capture) -> None:
    assert main(["carriers", "speko"]) == 0
    shown = capsys.readouterr().out
    assert "POST /v1/sessions/phone" in shown
    assert "Speko has no API for messages" in shown
    assert main(["carriers", "nobody"]) == 2


def test_numbers_are_searched_bought_listed_and_given_back(carrier: Carrier, capsys: Capture) -> None:
    status, out, _ = run(carrier, capsys, "numbers", "search", "--area-code", "212", "--limit", "2")
    assert (status, len(out.splitlines())) == (0, 3)
    assert "+12125550100" in out
    assert run(carrier, capsys, "numbers", "buy", "+12125550100", "--label", "Desk")[0] == 0
    assert run(carrier, capsys, "numbers", "route", "+12125550100", "https://example.com/voice")[0] == 0
    status, out, _ = run(carrier, capsys, "numbers", "list", "--json")
    (number,) = json.loads(out)
    assert (number["number"], number["label"], number["target"]) == (
        "+12125550100",
        "Desk",
        "https://example.com/voice",
    )
    assert run(carrier, capsys, "numbers", "release", "+12125550100")[1] == "+12125550100 is given back\n"
    assert run(carrier, capsys, "numbers", "list")[1] == "none\n"


def test_a_message_is_sent_and_listed(carrier: Carrier, capsys: Capture) -> None:
    words = ("messages", "send", "+15557650001", "Hello!", "--from", "+15551230000", "--carrier", "finespeak")
    assert run(carrier, capsys, *words)[0] == 0
    _, out, _ = run(carrier, capsys, "messages", "list", "--carrier", "finespeak", "--json")
    assert [message["text"] for message in json.loads(out)] == ["Hello!"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("calls", "list"), "none"),
        (("conferences",), "none"),
        (("recordings",), "none"),
        (("rates", "--carrier", "sms-voip"), "United States   US   0.006"),
        (("balance", "--carrier", "speko"), "100.00  USD"),
        (("kyb", "show", "--carrier", "speko"), "approved"),
        (("numbers", "list", "--carrier", "speko"), SPEKO_LINE),
    ],
)
def test_what_is_there_is_shown(carrier: Carrier, capsys: Capture, words: tuple[str, ...], shown: str) -> None:
    status, out, err = run(carrier, capsys, *words)
    assert (status, err) == (0, "")
    assert shown in out


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("rates", "--carrier", "telefonie"), "carriers that can: sms-voip"),
        (("calls", "end", "x", "--carrier", "sms-voip"), "a call lasts until one of the two hangs up"),
        (("calls", "show", "CA1"), "it is not there"),
        (
            ("messages", "send", "+15557650001", "Hi", "--carrier", "finespeak"),
            "needs a number to send from\n  give it with --from",
        ),
        (("numbers", "search", "--carrier", "speko", "--country", "DE"), "numbers of the US only"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    carrier: Carrier, capsys: Capture, words: tuple[str, ...], advice: str
) -> None:
    status, out, err = run(carrier, capsys, *words)
    assert (status, out) == (1, "")
    assert advice in err


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (Fault(status=401), "check the key in [carriers.speko]"),
        (Fault(status=402), "top up the account"),
        (Fault(status=403, code="kyb_required"), "`flowengine kyb show --carrier speko`"),
        (Fault(status=403), "the account may be blocked"),
        (Fault(status=409), "look how things are"),
        (Fault(drop=True, carry_out=True), "it may have been done"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_refusal_says_what_to_do(carrier: Carrier, capsys: Capture, fault: Fault, advice: str) -> None:
    carrier.sandbox.faults.add(fault)
    status, _, err = run(carrier, capsys, "numbers", "buy", "+14155550101", "--carrier", "speko")
    assert status == 1
    assert advice in err


def test_the_verification_is_drafted_and_handed_in(carrier: Carrier, capsys: Capture, tmp_path: Path) -> None:
    carrier.sandbox.accounts["speko"].all[0].kyb_status = "missing"
    assert run(carrier, capsys, "numbers", "buy", "+14155550101", "--carrier", "speko")[0] == 1
    address = {"street": "1 Main St", "city": "Boston", "state": "MA", "postalCode": "02101", "country": "US"}
    business = {"legalName": "E", "displayName": "E", "entityType": "llc", "country": "US", "address": address}
    business |= {"website": "https://example.com", "useCase": "support", "expectedUsage": "little"}
    person = {"name": "Ada", "title": "Director", "email": "ada@example.com"}
    file = tmp_path / "business.json"
    file.write_text(json.dumps({"businessProfile": business, "authorizedRepresentative": person}))
    assert "draft" in run(carrier, capsys, "kyb", "draft", str(file), "--carrier", "speko")[1]
    assert run(carrier, capsys, "kyb", "submit", str(file), "--carrier", "speko")[0] == 2
    assert "submitted" in run(carrier, capsys, "kyb", "submit", str(file), "--attest", "--carrier", "speko")[1]
    assert "submitted" in run(carrier, capsys, "kyb", "draft", str(file), "--carrier", "speko")[2]


def test_a_carrier_that_is_not_there(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["calls", "list", "--sandbox", "http://127.0.0.1:9"]) == 1
    assert "`flowengine sandbox` starts the embedded carrier" in capsys.readouterr().err
    assert main(["calls", "list", "--carrier", "finespaek"]) == 2
    assert "did you mean `finespeak`?" in capsys.readouterr().err


def test_a_projects_only_carrier_is_meant(carrier: Carrier, capsys: Capture, tmp_path: Path) -> None:
    url = f"{carrier.url}/finespeak/v1"
    table = f'[project]\nname = "p"\n\n[carriers.finespeak]\napi_key = "$FS_KEY"\nbase_url = "{url}"\n'
    (tmp_path / "flowengine.toml").write_text(table)
    with pytest.MonkeyPatch.context() as patch:
        assert run(carrier, capsys, "numbers", "list")[0] == 2
        patch.setenv("FS_KEY", "fs_sandbox")
        assert run(carrier, capsys, "numbers", "list") == (0, "none\n", "")
        patch.setenv("FS_KEY", "s3cr3t-key")
        status, _, err = run(carrier, capsys, "numbers", "list")
        assert status == 1
        assert "s3cr3t-key" not in err


def test_a_table_has_no_empty_columns_and_amounts_in_one_form(capsys: Capture) -> None:
    amounts = (("+1415", "1.0", "-0.0100"), ("+1212", "2", None), ("+1206", "0.006", "1E+2"))
    rows = [
        AvailableNumber(number=number, monthly=Decimal(monthly), upfront=None if upfront is None else Decimal(upfront))
        for number, monthly, upfront in amounts
    ]
    show(rows, ("number", "label", "monthly", "upfront"), as_text=True)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["NUMBER", "MONTHLY", "UPFRONT"],
        ["+1415", "1.00", "-0.01"],
        ["+1212", "2.00"],
        ["+1206", "0.006", "100.00"],
    ]
