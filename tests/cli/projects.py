"""A small project on disk, for tests of commands."""

from pathlib import Path

FLOW = """\
flow main:
    on failed -> bye

start:
    menu:
        say "For sales, press 1. To leave a message, press 2."
        when 1 -> sales
        when 2 -> message

sales:
    fetch agent "https://crm.example/agent":
        on failed -> bye
    say "You will speak to {{ agent.name }}."
    transfer "+15551230001"
    -> bye

message:
    gather pin digits=4 sensitive=true:
        say "Your PIN?"
    record note:
        say "Speak after the tone."
    sms "+15551239999" "A message of {{ note.duration }} s."
    -> bye

bye:
    say "Goodbye."
    hangup
"""

CALLS = """\
call "sales are busy":
    flow main
    given fetch "https://crm.example/agent" json={"name": "Ada"}
    press 1
    hear "Ada"
    peer busy
    hear "Goodbye"
    expect hangup

call "a message":
    flow main
    press 2
    press "1234"
    leave 5s "Hello."
    expect sms "+15551239999"
    hear "Goodbye"
    expect hangup
"""

WRONG = """\
call "a choice that is not there":
    flow main
    press 3
    hear "Goodbye"
"""

CONFIG = """\
[http]
allow = ["crm.example"]

[transfer]
allow = ["+1555*"]

[sms]
allow = ["+1555*"]
"""


def make_project(folder: Path, **calls: str) -> Path:
    """A project with a flow `main` and these scripts, by name of the file without its ending."""
    (folder / "flows").mkdir(parents=True)
    (folder / "flowengine.toml").write_text(CONFIG, "utf-8")
    (folder / "flows" / "main.flow").write_text(FLOW, "utf-8")
    (folder / "calls").mkdir()
    for name, text in (calls or {"good": CALLS}).items():
        (folder / "calls" / f"{name}.call").write_text(text, "utf-8")
    return folder
