"""`flowengine flows`, as a user runs it, against the embedded VoIPBIN over HTTP; and a call to what was pushed."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from flowengine.cli.main import main
from tests.cli.test_carrier_commands import Capture, Carrier, carrier, run

__all__ = ["carrier"]

PROJECT = Path(__file__).parents[1] / "data" / "voipbin_compiled"
NUMBER = "+15558880000"
VOIPBIN = ("--carrier", "voipbin")


@pytest.fixture(autouse=True)
def project(carrier: Carrier, tmp_path: Path) -> None:
    """The folder that the commands run in holds a project."""
    shutil.copytree(PROJECT, tmp_path, dirs_exist_ok=True)


async def _call(carrier: Carrier, keys: str) -> list[str]:
    phone = carrier.sandbox.network.place_call("+15557650001", NUMBER)
    for count, key in enumerate((*keys, ""), 1):
        # Nobody tells when the carrier has come to the next input.
        for _ in range(500):
            if len([one for one in phone.heard if one.kind == "say"]) >= count and phone.awaiting is not None:
                break
            await asyncio.sleep(0.01)
        if key:
            phone.press(key)
    phone.hang_up()
    return [heard.text for heard in phone.heard if heard.kind == "say"]


def heard(carrier: Carrier, keys: str) -> list[str]:
    """What a caller hears who presses these keys."""
    return asyncio.run_coroutine_threadsafe(_call(carrier, keys), carrier.loop).result(10)


def test_a_pushed_flow_answers_a_number(carrier: Carrier, capsys: Capture) -> None:
    assert run(carrier, capsys, "numbers", "buy", NUMBER, *VOIPBIN)[0] == 0
    status, out, err = run(carrier, capsys, "flows", "push", "office", "--number", NUMBER, *VOIPBIN)
    assert (status, err) == (0, "flowengine: without the server, what is logged is written down nowhere\n")
    assert f"and answers {NUMBER}" in out
    said = heard(carrier, "1")
    assert said[0].startswith("Welcome to Harbour Books. For our opening hours, press 1.")
    assert said[1].startswith("We are open from nine to six.")
    # The same flow once more replaces the one that is there.
    assert run(carrier, capsys, "flows", "push", "office", "--number", NUMBER, *VOIPBIN)[0] == 0
    flows = json.loads(run(carrier, capsys, "flows", "list", *VOIPBIN, "--json")[1])
    assert [flow["name"] for flow in flows] == ["office"]
    shown = json.loads(run(carrier, capsys, "flows", "show", flows[0]["id"], *VOIPBIN)[1])
    assert len(shown["actions"]) == flows[0]["actions"] > 50
    assert run(carrier, capsys, "flows", "delete", flows[0]["id"], *VOIPBIN)[:2] == (0, "office is deleted\n")
    assert run(carrier, capsys, "flows", "list", *VOIPBIN)[1] == "none\n"


def test_a_pushed_flow_brings_its_conferences(carrier: Carrier, capsys: Capture) -> None:
    for _ in range(2):
        assert run(carrier, capsys, "flows", "push", "meeting", *VOIPBIN)[0] == 0
    rooms = json.loads(run(carrier, capsys, "conferences", "list", *VOIPBIN, "--json")[1])
    assert [room["name"] for room in rooms] == ["all-hands"]


def test_a_flow_that_needs_the_server_says_where(carrier: Carrier, capsys: Capture) -> None:
    status, out, err = run(carrier, capsys, "flows", "push", "waiting", *VOIPBIN)
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        "flowengine: the flow waiting needs the server:",
        "  flows/waiting.flow:8: only the server knows what was entered",
        "  with --served, the carrier is told to ask the server for it",
    ]


def test_a_flow_that_the_server_runs(carrier: Carrier, capsys: Capture) -> None:
    words = ("flows", "push", "waiting", "--served", *VOIPBIN)
    assert run(carrier, capsys, *words)[0] == 2
    status, out, err = run(carrier, capsys, *words, "--public-url", "https://ivr.example", "--print")
    (action,) = json.loads(out)
    assert (status, action["type"]) == (0, "fetch")
    assert err == "flowengine: without a `token` in [carriers.voipbin], anybody may ask for this URL\n"
    assert action["option"]["event_url"].startswith("https://ivr.example/voipbin/voice/open/waiting?")
    assert run(carrier, capsys, *words, "--public-url", "https://ivr.example")[0] == 0


def test_a_parameter_is_given(carrier: Carrier, capsys: Capture) -> None:
    words = ("flows", "push", "spanish", "--print", *VOIPBIN)
    assert run(carrier, capsys, *words)[0] == 2
    assert "Bienvenido a Mar." in run(carrier, capsys, *words, "--set", "name=Mar")[1]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("push", "ofice", *VOIPBIN), 2, "did you mean `office`?"),
        (("push", "spanish", "--set", "name", *VOIPBIN), 2, "--set takes NAME=VALUE"),
        (("list", "--carrier", "speko"), 1, "voipbin keeps flows"),
        (("show", "00000000-0000-4000-8000-000000000000", *VOIPBIN), 1, "it is not there"),
    ],
)
def test_mistakes(carrier: Carrier, capsys: Capture, words: tuple[str, ...], status: int, said: str) -> None:
    found = run(carrier, capsys, "flows", *words)
    assert (found[0], found[1]) == (status, "")
    assert said in found[2]


def test_without_an_action_its_use_is_shown(capsys: Capture) -> None:
    assert main(["flows"]) == 2
    assert "usage: flowengine flows" in capsys.readouterr().err
