"""Call scripts over VoIPBIN: fetched actions, webhooks, and the embedded VoIPBIN that carries them out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from flowengine.carriers.contract import Carrier, Request
from flowengine.carriers.voipbin.actions import make_id
from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.rendering import room_id
from flowengine.cli.over import TelefonieLine
from flowengine.compiler.build import Build
from flowengine.core.commands import Command, Conference, Dial, Play, Record, Say
from flowengine.core.graph import Program
from flowengine.core.journal import Entry
from flowengine.core.machine import Turn
from flowengine.core.words import words
from flowengine.runtime.outside import Undelivered
from flowengine.sandbox import SandboxConfig
from flowengine.sandbox.network.leg import Heard
from flowengine.sandbox.voipbin import VoipbinAccount
from flowengine.sandbox.voipbin.calls import address
from flowengine.simulator.line import CannotError
from flowengine.simulator.runner import Result, play
from flowengine.simulator.script import Case
from flowengine.simulator.transcript import spoken
from flowengine.simulator.world import RECORDINGS, Outcome
from flowengine.verbs.base import VerbNode

_GRACE = 0.05


def run_over_voipbin(case: Case, built: Build, program: Program) -> Result:
    """Run a script over VoIPBIN."""
    return asyncio.run(play(case, VoipbinLine(built, program, case.setup)))


class VoipbinLine(TelefonieLine):
    """One call over VoIPBIN, as `Line` describes it."""

    def _make_carrier(self, key: bytes) -> Carrier:
        queues = {name: make_id("queue", name) for name in _queues(self)}
        config = VoipbinConfig(token="scripts", base_url=f"https://{RECORDINGS}", queues=queues)  # noqa: S106 - of a script
        self._voipbin = Voipbin(config, key, self._url, grace=_GRACE)
        self._carrier_config = config
        return self._voipbin

    def _make_config(self) -> SandboxConfig:
        account = VoipbinAccount(
            webhook_uri=f"{self._url}/voipbin/events",
            queues={key: name for name, key in self._carrier_config.queues.items()},
        )
        return super()._make_config().model_copy(update={"voipbin": account})

    async def start(self) -> None:
        await self._open()
        setup, voipbin = self.setup, self._sandbox.voipbin
        entry = self._voipbin.entry(setup.flow, setup.arguments)
        for given in self.world.outcomes:
            if given.outcome == "full":
                self._fill(given)
        if setup.direction == "outbound":
            voipbin.place(address(setup.caller), address(setup.called), [entry])
            await self._settle()
            self._phone = self._ringing.pop()
            self._phone.answer(setup.answered_by or "human")  # type: ignore[arg-type]
        else:
            voipbin.own(setup.called, [entry])
            self._phone = self._sandbox.network.place_call(setup.caller, setup.called)
        await self._settle()

    async def leave(self, seconds: float, text: str, hangup: bool) -> None:
        wait = self._wait
        await super().leave(seconds, text, hangup)
        if self._wait is wait and isinstance(wait, Record):
            # The carrier is asked now and then whether the recording has ended.
            await self._until_turn(wait.longest + 1)

    async def _advance(self, seconds: float, until: Any = None) -> None:
        """As over Telefonie; with the timers of transfers, which the engine leaves to its sweep."""
        timers = {} if self._record is None else self._record.timers
        due = min((at for name, at in timers.items() if name.startswith("ring")), default=None)
        if due is not None and isinstance(self._wait, Dial) and self.now < due <= self.now + seconds:
            before = due - self.now
            if await self.clock.advance(before, until):
                return
            await self._engine.sweep()
            await self._settle()
            seconds -= before
        await super()._advance(seconds, until)

    def told(self, request: Request) -> None:
        voipbin = self._sandbox.voipbin
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["conferences"]:
                if voipbin.account.tables["conferences"].get(request.json["id"]) is None:
                    voipbin.add_conference(name=request.json["name"], own_id=request.json["id"])
            case "POST", ["calls", call, "hangup"] if call in voipbin.calls and not voipbin.calls[call].leg.is_over:
                voipbin.calls[call].hang_up()
            case method, ["calls", call, "mute"] if call in voipbin.calls:
                voipbin.calls[call].mute(request.json["direction"], method == "POST")
            case _:
                raise Undelivered("the call is over")

    async def _end_room(self) -> None:
        wait = self._wait
        if not isinstance(wait, Conference) or self.world.outcome("conference", wait.room) != "ended":
            return
        self._sandbox.network.room(room_id(self._carrier_config, wait.room)).end()
        await self._settle()

    def _fill(self, given: Outcome) -> None:
        raise CannotError(f"nothing of VoIPBIN's is ever full, and no {given.verb} either")

    def _write(self) -> None:
        """As over Telefonie; but several prompts may have become one that the phone heard."""
        phone = self._phone
        heard = [] if phone is None else phone.heard[self._listened :]
        self._listened += len(heard)
        ears = _Ears([one for one in heard if one.kind in ("say", "play")])
        trace: list[tuple[Entry, Any]] = []
        commands: list[Command] = []
        for entry, value, prompt in self._pending:
            if isinstance(prompt, Say | Play) and not ears.heard(prompt):
                continue  # a key that was pressed earlier has cut it off
            if prompt is not None:
                commands.append(prompt)
            trace.append((entry, value))
        self._pending = []
        if trace:
            self.transcript.take(Turn(self._turn.number, tuple(commands), self._turn.wait, (), tuple(trace)))
        for text in ears.rest():
            # Nothing that the flow said: the script must see it.
            self.transcript.say(self.now, text, tuple(words(text)))


class _Ears:
    """What the phone heard, taken away prompt by prompt."""

    def __init__(self, heard: list[Heard]) -> None:
        self._heard = heard
        self._words: list[str] = []

    def heard(self, prompt: Say | Play) -> bool:
        """Whether the phone heard this prompt next; then it is taken away."""
        if isinstance(prompt, Play):
            fits = self._next("play") and self._heard[0].text.endswith(prompt.source)
            if fits:
                del self._heard[: prompt.loop]
            return fits
        wanted = list(spoken(Say(prompt.text, prompt.language, prompt.voice, 1, prompt.ssml))) * prompt.loop
        if not self._words and self._next("say"):
            self._words = list(words(self._heard.pop(0).text))
        if self._words[: len(wanted)] != wanted:
            return False
        del self._words[: len(wanted)]
        return True

    def _next(self, kind: str) -> bool:
        return not self._words and bool(self._heard) and self._heard[0].kind == kind

    def rest(self) -> Iterator[str]:
        """What no prompt said."""
        if self._words:
            yield " ".join(self._words)
        yield from (one.text for one in self._heard)


def _queues(line: TelefonieLine) -> list[str]:
    """The names of the queues that the project's flows name outright."""
    found: dict[str, None] = {}
    for graph in line.world.program.flows.values():
        for node in graph.nodes:
            argument = node.args.get("name") if isinstance(node, VerbNode) and node.kind == "queue" else None
            if argument is not None and isinstance(argument.constant, str):
                found[argument.constant] = None
    return list(found)
