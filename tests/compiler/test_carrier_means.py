"""FE5 and VoIPBIN: what stands in blocks, in targets and in expressions; and the actions of a call."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources

TOML = """\
[transfer]
allow = ["+1555*"]

[numbers]
"+15551230000" = {{ flow = "f", carrier = "{carrier}" }}
"""


def found(body: str, header: str = "", carrier: str = "voipbin") -> list[tuple[str, str]]:
    text = f"flow f:\n    on failed -> bye\n{header}\nstart:\n{body}\n    -> bye\n\nbye:\n    hangup\n"
    built = build_sources(Sources(Path("project"), TOML.format(carrier=carrier), {"flows/f.flow": text}), abilities())
    assert built.program is not None or any(finding.code == "FE501" for finding in built.diagnostics)
    return [(finding.code, finding.message) for finding in built.diagnostics if finding.code.startswith("FE5")]


def test_words_beside_keys_are_not_heard_and_words_alone_are_an_error() -> None:
    body = """\
    menu:
        say "For sales, press 1 or say sales."
        when 1, "sales"
        when 2, "support"
"""
    assert found(body) == [("FE551", "voipbin does not hear the words of a menu")]
    assert found(body.replace('2, "support"', '"support"'))[1:] == [
        ("FE501", "voipbin does not hear the words of a menu")
    ]
    assert found(body, carrier="telefonie") == []


@pytest.mark.parametrize(
    ("options", "code"), [("speech=true", "FE501"), ("digits=4 speech=true", "FE551"), ("digits=4 speech=false", None)]
)
def test_speech_beside_keys_is_not_heard_and_speech_alone_is_an_error(options: str, code: str | None) -> None:
    body = f'    gather _a {options}:\n        say "Your number."'
    assert [one for one, _ in found(body)] == ([] if code is None else [code])


@pytest.mark.parametrize("target", ['"queue:sales"', '["+15551230001", "queue:sales"]'])
def test_a_transfer_to_a_queue(target: str) -> None:
    body = f"    transfer {target}"
    assert ("FE501", "voipbin cannot do `transfer` to a queue") in found(body)
    assert found('    transfer "+15551230001"') == [("FE551", "voipbin can do `transfer` only partly")]


def test_the_prompts_of_a_queue() -> None:
    body = '    queue "sales"'
    assert [code for code, _ in found(body)] == ["FE551"]
    assert ("FE501", "voipbin cannot do the prompts of `queue`") in found(f'{body}:\n        say "Please hold."')


def test_what_the_carrier_does_not_tell_of_the_call_is_named_once() -> None:
    body = """\
    if call.answered_by == "machine" -> bye
    if call.answered_by == "fax" -> bye
    if call.direction == "outbound" -> bye
"""
    assert found(body) == [("FE551", "voipbin can do `call.answered_by` only partly")]
    assert found(body, carrier="telefonie") == []


MENU = """\
    menu{tries}:
        say "Press 1."
        when 1
"""


def spent(body: str, header: str = "") -> int | None:
    """The actions that a finding tells of; None without one."""
    told = [message for code, message in found(body, header) if code == "FE552"]
    return int(told[0].partition("about ")[2].split()[0]) if told else None


def test_every_try_of_every_menu_counts() -> None:
    # Two before the flow begins, six a try, and the hang-up.
    assert spent(MENU.format(tries=" tries=17")) == 2 + 17 * 6 + 1
    assert spent(MENU.format(tries=" tries=16")) is None
    assert spent(MENU.format(tries="") * 6) == 2 + 6 * 3 * 6 + 1
    assert spent(MENU.format(tries="") * 5) is None
    assert spent(MENU.format(tries="") * 6, "    tries 1\n") is None


def test_only_the_longest_way_counts_and_each_loop_once() -> None:
    branches = """\
    if call.direction == "outbound":
        record _a:
            say "One."
        record _b:
            say "Two."
    else:
        record _c:
            say "Three."
"""
    assert spent(branches * 2) == 2 + 4 * 30 + 4 + 1
    loop = """\
    menu tries=1:
        say "Press 1 to hear this again, or 2."
        when 1 -> start
        when 2
"""
    assert spent(loop) is None
    assert spent(loop.replace("tries=1", "tries=17")) == 2 + 17 * 6 + 1


def test_other_carriers_have_no_such_limit() -> None:
    assert found(MENU.format(tries=" tries=17"), carrier="telefonie") == []
