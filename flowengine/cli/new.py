"""`flowengine new DIR`: a small project that runs."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from flowengine.cli.main import UsageError

CONFIG = """\
# What a flow can read and reach. Every setting: docs/language.md, "The project file".
[project]
timezone = "UTC"

[numbers]                        # which flow answers which number
"+15551230000" = "reception"

[vars]                           # every flow can read these
company = "{company}"

[calendars.office]
hours = {{ mon-fri = "09:00-17:30" }}

[transfer]                       # who may be called: anybody else is refused
allow = ["+15551230001"]
"""

FLOW = """\
flow reception:
    language "en-US"
    on failed -> voicemail

start:
    say "Welcome to {{ company }}."
    if open("office") -> main
    say "We are closed. We open again {{ next_open("office") | datetime }}."
    -> voicemail

main:
    menu:
        say "To speak with somebody, press 1. To leave a message, press 2."
        when 1, "somebody" -> somebody
        when 2, "message" -> voicemail
        on noinput:
            say "Sorry, I did not hear anything."
        on nomatch:
            say "That is not one of the choices."

somebody:
    transfer "+15551230001" timeout=20s
    say "Nobody can take your call right now."
    -> voicemail

voicemail:
    record message max=2m:
        say "Please leave a message after the tone, and press pound when you are done."
        on empty:
            say "I did not hear a message. Goodbye."
            hangup
    log "message from {{ call.from }}, {{ message.duration }} s: {{ message.url }}"
    say "Thank you. Goodbye."
    hangup
"""

CALLS = """\
call "in office hours, somebody answers":
    flow reception
    at "2026-01-05T10:00"
    hear "press 1"
    press 1
    expect transfer "+15551230001"
    peer answered 60s
    expect hangup

call "nobody answers, and the caller leaves a message":
    flow reception
    at "2026-01-05T10:00"
    press 1
    peer noanswer
    hear "leave a message"
    leave 5s "Please call me back."
    hear "Thank you"
    expect hangup

call "on a Sunday":
    flow reception
    at "2026-01-04T10:00"
    hear "We are closed"
    wait
    hear "I did not hear a message"
    expect hangup
"""

IGNORED = """\
.flowengine/
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", metavar="DIR", help="the folder to make; it must not be there, or be empty")


def run(options: argparse.Namespace) -> int:
    """Make the project and say what to do next."""
    folder = Path(options.directory)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already, and not an empty folder")
    company = re.sub(r"[\W_]+", " ", folder.resolve().name).strip().title() or "Acme"
    files = {
        "flowengine.toml": CONFIG.format(company=company),
        "flows/reception.flow": FLOW,
        "calls/reception.call": CALLS,
        ".gitignore": IGNORED,
    }
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error
    print(f"{folder} holds a project: flows/reception.flow and its tests.\n")
    commands = {
        f"flowengine test {folder}": "run its tests",
        f"cd {folder} && flowengine call reception": "call it here, in the terminal",
        f"flowengine dev {folder}": "serve it, with a simulated phone network",
    }
    width = max(map(len, commands))
    for command, does in commands.items():
        print(f"  {command:<{width}}  {does}")
    return 0
