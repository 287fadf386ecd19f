"""Small projects from texts, and calls through them, for the tests of the core."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from flowengine.core import machine, session
from flowengine.core.commands import Say
from flowengine.core.events import Event, Started
from flowengine.core.graph import Program
from flowengine.core.machine import Turn
from flowengine.core.session import Facts, Session

BEGAN = 1_767_614_400.0
"""2026-01-05T12:00:00Z: when every call of these tests begins."""

CONFIG = """
[http]
allow = ["api.example"]
[transfer]
allow = ["+1555*"]
"""


def program(*flows: str, config: str = CONFIG) -> Program:
    """The program of some flow texts; a finding that is an error fails the test."""
    texts = {f"flows/flow_{number}.flow": dedent(text).lstrip("\n") for number, text in enumerate(flows)}
    built = build_sources(Sources(Path(), config, texts))
    assert built.program is not None, [str(finding) for finding in built.diagnostics]
    return built.program


class Call:
    """A call in its first flow; the session goes through JSON after every turn."""

    def __init__(self, under_test: Program, flow: str | None = None, *, direction: str = "inbound") -> None:
        facts = Facts("call-1", "+15557650001", "+15551230000", direction, "test", BEGAN)
        self.program = under_test
        self.now = BEGAN
        self.session = machine.begin(under_test, flow or next(iter(under_test.flows)), facts)
        self.turns: list[Turn] = []
        self.take(Started(self.now))

    def take(self, event: Event) -> Turn | None:
        """Give the machine an event."""
        before = session.dump(self.session)
        after, turn = machine.step(self.program, self.session, event)
        assert session.dump(self.session) == before, "a step changed the session that it was given"
        self.session = session.load(session.dump(after))
        if turn is not None:
            self.turns.append(turn)
        return turn

    @property
    def turn(self) -> Turn:
        return self.turns[-1]

    @property
    def said(self) -> list[str]:
        """What was said in the last turn."""
        return [command.text for command in self.turn.commands if isinstance(command, Say)]


def state(call: Call) -> Session:
    """The session as a stored one."""
    return session.load(session.dump(call.session))
