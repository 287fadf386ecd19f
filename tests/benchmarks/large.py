"""A large project as texts: flows of a call centre's kind that run each other."""

from __future__ import annotations

from pathlib import Path

from flowengine.compiler.sources import Sources

_CONFIG = """\
[project]
timezone = "Europe/London"

[vars]
company = "Northern Light Energy"

[http]
allow = ["crm.example"]

[transfer]
allow = ["+1555123*"]
"""

_HEAD = """\
flow desk_{number}(customer="nobody", tries=0):
    on failed -> goodbye
    on press 0 -> goodbye

"""

_SECTION = """\
choose_{section}:
    set total = tries + {section}
    if total > 3 and customer != "nobody":
        log "{{{{ customer }}}} comes back for {{{{ total }}}}"
        set greeting = "Welcome back, " ~ customer
    else:
        set greeting = "Welcome to " ~ company
    menu:
        say "{{{{ greeting }}}}. For your account, press 1. For the next desk, press 2."
        when 1 -> account_{section}
        when 2 -> other_{section}
        on noinput:
            say "Sorry, I did not hear you."

account_{section}:
    gather pin digits=4 sensitive=true:
        say "Please enter your four digit number."
        on nomatch:
            say "It has four digits."
    fetch account "https://crm.example/accounts/{{{{ customer }}}}" json={{"pin": pin}}:
        on 404:
            say "I cannot find that account."
            -> {following}
    match account.state:
        when "open", "new":
            say "Your balance is {{{{ account.balance | money("GBP") }}}}."
        when "closed":
            say "Your account is closed."
        else:
            say "Please call again {{{{ "tomorrow" if total > 1 else "on Monday" }}}}."
    -> {following}

other_{section}:
    {run}
    if answer is none:
        say "Nobody is there."
    -> {following}

"""

_TAIL = """\
goodbye:
    say "Goodbye, and thank you for your call to {{ company }}."
    return "done"
"""


def large_project(flows: int) -> Sources:
    """A project without a mistake, of about fifty statements a flow. Every flow has a number."""
    numbers = "\n".join(f'"+1555{number:07}" = "desk_{number}"' for number in range(flows))
    texts = {f"flows/desk_{number}.flow": _flow(number, flows, 1 + number % 2) for number in range(flows)}
    return Sources(Path("large"), f"{_CONFIG}\n[numbers]\n{numbers}\n", texts)


def _flow(number: int, flows: int, sections: int) -> str:
    text = _HEAD.format(number=number)
    for section in range(sections):
        # A tree of flows, each run by one other.
        other = 2 * number + 1 + section % 2
        run = f"run desk_{other}(customer, tries + 1) as answer" if other < flows else 'set answer = "none"'
        following = f"choose_{section + 1}" if section + 1 < sections else "goodbye"
        text += _SECTION.format(section=section, run=run, following=following)
    return text + _TAIL
