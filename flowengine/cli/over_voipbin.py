"""Call scripts over VoIPBIN: fetched actions, webhooks, and the embedded VoIPBIN that carries them out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flowengine.carriers.contract import Carrier, Request
from flowengine.carriers.needs import declared, missing, refusal
from flowengine.carriers.voipbin.actions import make_id
from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.capabilities import CAPABILITIES
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.rendering import room_id
from flowengine.cli.over import TelefonieLine
from flowengine.compiler.build import Build
from flowengine.core.commands import Command, Conference, Dial, Enqueue, Listen, Play, Record, Say
from flowengine.core.events import Event, Failed
from flowengine.core.graph import Program
from flowengine.core.journal import Entry
from flowengine.core.machine import Turn
from flowengine.core.words import words
from flowengine.runtime.outside import Undelivered
from flowengine.runtime.store import CallRecord
from flowengine.sandbox import SandboxConfig
from flowengine.sandbox.network.leg import Heard
from flowengine.sandbox.voipbin import VoipbinAccount
from flowengine.sandbox.voipbin.calls import address
from flowengine.simulator.line import CannotError, Setup
from flowengine.simulator.runner import Result, play
from flowengine.simulator.script import Case
from flowengine.simulator.transcript import spoken
from flowengine.simulator.world import RECORDINGS, Given, Outcome
from flowengine.verbs.base import VerbNode
from flowengine.verbs.queue import HoldNode, QueueNode

_GRACE = 0.05


_UNHEARD = frozenset({"queue: full", "queue: failed", "conference: full"})
"""Outcomes that a script can make happen, and that the carrier has no way to tell."""


def run_over_voipbin(case: Case, built: Build, program: Program) -> Result:
    """Run a script over VoIPBIN; a failure says what the carrier was asked for and cannot do."""
    line = VoipbinLine(built, program, case.setup)
    result = asyncio.run(play(case, line))
    if result.failure is None or not line.refused:
        return result
    why = "; ".join(refusal("voipbin", CAPABILITIES, name) for name in line.refused)
    return replace(result, failure=replace(result.failure, note=why))


class VoipbinLine(TelefonieLine):
    """One call over VoIPBIN, as `Line` describes it.

    Attributes:
        refused: What the call needed and the carrier cannot do, by the names under which it is declared.
    """

    def __init__(self, built: Build, program: Program, setup: Setup) -> None:
        super().__init__(built, program, setup)
        self.refused: list[str] = []

    def _need(self, name: str) -> None:
        known = declared(CAPABILITIES, name)[0]
        if known not in self.refused:
            self.refused.append(known)

    def _refuse(self, name: str) -> CannotError:
        self._need(name)
        return CannotError(refusal("voipbin", CAPABILITIES, name))

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
        if setup.answered_by in ("machine", "fax"):
            raise self._refuse("call.answered_by")
        entry = self._voipbin.entry(setup.flow, setup.arguments)
        for given in self.world.outcomes:
            self._make_happen(given)
        if setup.direction == "outbound":
            voipbin.place(address(setup.caller), address(setup.called), [entry])
            await self._settle()
            self._phone = self._ringing.pop()
            self._phone.answer(setup.answered_by or "human")  # type: ignore[arg-type]
        else:
            voipbin.own(setup.called, [entry])
            self._phone = self._sandbox.network.place_call(setup.caller, setup.called)
        await self._settle()

    async def speak(self, text: str) -> None:
        wait = self._wait
        if isinstance(wait, Listen) and wait.speech:
            raise self._refuse("menu: words" if wait.keys else "gather.speech")
        await super().speak(text)

    async def leave(self, seconds: float, text: str, hangup: bool) -> None:
        wait = self._wait
        if isinstance(wait, Record) and wait.transcribe:
            self._need("record.transcribe")
        await super().leave(seconds, text, hangup)
        if self._wait is wait and isinstance(wait, Record):
            # The carrier is asked now and then whether the recording has ended.
            await self._until_turn(wait.longest + 1)

    async def _advance(self, seconds: float, until: Any = None) -> None:
        """As over Telefonie; with the timers of transfers, which the engine leaves to its sweep."""
        while (due := self._ring_timer(self.now + seconds)) is not None:
            before = due - self.now
            if await self.clock.advance(before, until):
                await self._settle()
                return
            await self._engine.sweep()
            await self._settle()
            seconds -= before
        await super()._advance(seconds, until)

    def _ring_timer(self, end: float) -> float | None:
        """When the next timer of a transfer is due, if that is until `end`."""
        timers = {} if self._record is None or not isinstance(self._wait, Dial) else self._record.timers
        return min(
            (at for name, at in timers.items() if name.startswith("ring") and self.now < at <= end), default=None
        )

    def told(self, request: Request) -> None:
        voipbin = self._sandbox.voipbin
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["conferences"]:
                if voipbin.account.tables["conferences"].get(request.json["id"]) is None:
                    voipbin.add_conference(name=request.json["name"], own_id=request.json["id"])
            case "DELETE", ["conferences", room]:
                voipbin.account.tables["conferences"].rows.pop(room, None)
            case "DELETE", ["conferencecalls", member]:
                row = voipbin.account.tables["conferencecalls"].rows[member]
                self._sandbox.network.room(row["conference_id"]).leave(voipbin.calls[row["reference_id"]].leg)
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

    def give(self, given: Given) -> None:
        self.world.give(given)
        if isinstance(given, Outcome) and self._phone is not None:
            self._make_happen(given)

    def _make_happen(self, given: Outcome) -> None:
        name = f"{given.verb}: {given.outcome}"
        if name in _UNHEARD:
            raise self._refuse(name)

    def _took(self, record: CallRecord, event: Event, turn: Turn) -> None:
        super()._took(record, event, turn)
        if isinstance(event, Failed) and "actions" in event.reason:
            self._need("call.actions")
        if isinstance(turn.wait, Listen):
            return  # Keys do, until somebody speaks.
        for name in missing(CAPABILITIES, turn.wait):
            self._need(name)
        if isinstance(turn.wait, Enqueue) and self._has_prompts(record):
            self._need("queue: prompts")

    def _has_prompts(self, record: CallRecord) -> bool:
        frame = record.session.frames[-1]
        nodes = self.world.program.flows[frame.flow].nodes
        node = nodes[frame.node]
        return isinstance(node, QueueNode) and not isinstance(nodes[node.exits["prompts"]], HoldNode)

    def _write(self) -> None:
        """As over Telefonie; but several prompts may have become one that the phone heard."""
        phone = self._phone
        heard = [] if phone is None else phone.heard[self._listened :]
        self._listened += len(heard)
        ears = _Ears([one for one in heard if one.kind in ("say", "play")])
        entries: list[Entry] = []
        values: list[Any] = []
        commands: list[Command] = []
        for entry, value, prompt in self._pending:
            if isinstance(prompt, Say | Play) and not ears.heard(prompt):
                continue  # a key that was pressed earlier has cut it off
            if prompt is not None:
                commands.append(prompt)
            entries.append(entry)
            values.append(value)
        self._pending = []
        if entries:
            wait = self._turn.wait
            self.transcript.take(Turn(self._turn.number, tuple(commands), wait, (), tuple(entries), tuple(values)))
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
