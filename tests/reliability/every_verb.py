"""A project whose one menu leads through every verb of the language, and back."""

from __future__ import annotations

from pathlib import Path

NUMBER = "+15551230000"
CRM = "https://crm.example"

_CONFIG = """
[numbers]
"+15551230000" = "everything"

[http]
allow = ["crm.example", "files.example", "127.0.0.1"]

[transfer]
allow = ["+1555*"]

[sms]
allow = ["+1555*"]

[settings]
apology = "Sorry, please call again."
"""
_EVERYTHING = """
flow everything(name="you"):
    on failed -> bye
    on error -> bye
    on press 0 -> bye
    on hangup:
        emit "left" data=call.id

start:
    answer
    play "https://files.example/hello.wav"
    say "Welcome, {{ name }}."
    -> main

main:
    menu:
        say "For a number press 1, a message 2, a person 3, the conference 4, the queue 5, your order 6, a text 7,"
        say "your PIN 8. To send keys press 9, to go elsewhere pound, to end star."
        when 1 -> number
        when 2 -> message
        when 3 -> person
        when 4 -> meeting
        when 5 -> line
        when 6 -> order
        when 7 -> text
        when 8 -> pin
        when 9 -> keys
        when "#" -> elsewhere
        when "*" -> bye
        on noinput:
            say "Are you there?"

number:
    gather number digits=4 speech=true:
        say "Four digits, please."
    log "number {{ number }}"
    match number:
        when 1000..4999:
            say "A small one."
        else:
            say "A large one."
    -> main

message:
    record note max=20s silence=3s:
        say "Speak."
        on empty:
            say "Nothing was recorded."
    -> main

person:
    transfer ["+15551230001", "+15551230002"] timeout=20s:
        on completed:
            say "The other side has left."
            -> main
    say "Nobody is there."
    -> main

meeting:
    conference "room {{ call.id }}":
        on ended, failed, full:
            say "The conference is over."
    -> main

line:
    queue "sales" timeout=60s:
        say "You are number {{ queue.position }}."
        on answered -> main
    -> main

order:
    fetch order "CRM/{{ call.id }}" timeout=2s:
        on 404:
            say "There is no order."
            -> main
    set state = order.state if order is not none else "nothing"
    if state == "open":
        say "It is on its way."
    else:
        say "It has come."
    -> main

text:
    sms "+15551239999" "From {{ call.from }}"
    emit "texted" data={"call": call.id}
    -> main

pin:
    run verify("1234") as verified:
        on failed -> main
    if verified -> main
    say "That was wrong."
    -> main

keys:
    pause 200ms
    send "1w2"
    -> main

elsewhere:
    redirect "CRM/other"

bye:
    say "Goodbye."
    hangup
"""
_VERIFY = """
flow verify(expected)

ask:
    gather entered digits=4 sensitive=true:
        say "Your PIN, please."
    if entered == "0000":
        fail "nobody has that PIN"
    return entered == expected
"""


def write(root: Path, crm: str = CRM, carrier: str = "") -> Path:
    """Write the project; `crm` is where its `fetch` and `redirect` go, `carrier` the table of its carrier."""
    (root / "flows").mkdir(parents=True, exist_ok=True)
    (root / "flowengine.toml").write_text(_CONFIG + carrier)
    (root / "flows" / "everything.flow").write_text(_EVERYTHING.replace("CRM", crm).lstrip())
    (root / "flows" / "verify.flow").write_text(_VERIFY.lstrip())
    return root
