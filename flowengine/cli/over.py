"""Call scripts over a carrier: a real server and the embedded carrier in this process, with HTTP between them.

The line keeps `simulator.line.Line`: the same scripts run over it, step for step. What is heard is what the phone
heard, not what the flow meant to say. The network lives by a clock that stands still while a request is answered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from flowengine.carriers.contract import Carrier, Request
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.telefonie.rendering import ROUND
from flowengine.compiler.build import Build
from flowengine.core.commands import (
    QUEUE,
    Command,
    Conference,
    Dial,
    Enqueue,
    Fetch,
    Gone,
    Hangup,
    Listen,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Wait,
)
from flowengine.core.events import Event
from flowengine.core.graph import Program
from flowengine.core.journal import MASK, Entry
from flowengine.core.machine import Turn
from flowengine.core.policy import Hosts
from flowengine.core.session import Session
from flowengine.core.words import words
from flowengine.runtime.engine import Engine
from flowengine.runtime.log import Log
from flowengine.runtime.outside import Answer, Undelivered
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import CallRecord, MemoryStore, Store
from flowengine.sandbox import Handset, LegState, NumberConfig, Sandbox, SandboxConfig, VirtualClock
from flowengine.sandbox.documents import verbs
from flowengine.sandbox.documents.program import Goto
from flowengine.sandbox.network.leg import Heard
from flowengine.server.app import application
from flowengine.simulator.line import CannotError, Setup
from flowengine.simulator.runner import Result, play
from flowengine.simulator.script import Case
from flowengine.simulator.transcript import Transcript, Who, spoken
from flowengine.simulator.world import RECORDINGS, Given, NoAnswerGivenError, Outcome, World

CARRIERS = ("telefonie",)
"""The carriers that scripts can run over."""

_SOMEBODY = "+15559990000"
_NOWHERE = verbs.Action(None, "POST")
_GRACE = 0.05
_REFUSALS = {"busy": LegState.BUSY, "failed": LegState.FAILED}


def run_over(case: Case, built: Build, program: Program) -> Result:
    """Run a script over Telefonie."""
    return asyncio.run(play(case, TelefonieLine(built, program, case.setup)))


class _ScriptedProjects(Projects):
    """The project as the script has it: `given NAME = value` changes it while the call goes on."""

    def __init__(self, built: Build, world: World) -> None:
        super().__init__(built.sources.root)
        self.adopt(built)
        self._world = world

    @property
    def program(self) -> Program:
        return self._world.program

    async def version(self, version: str, store: Store) -> Program:
        return self._world.program


class _ScriptedOutside:
    """The world as the script has it. A fetch takes no time here."""

    def __init__(self, line: TelefonieLine) -> None:
        self._line = line

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        try:
            fetched = self._line.world.fetch(wait.url, wait.timeout, wait.retries, self._line.now)
        except NoAnswerGivenError as error:
            self._line.problem = error
            return Answer(error=str(error))
        return Answer(fetched.status, fetched.body, fetched.error)

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        if self._line.world.outcome("sms", to) is not None:
            raise Undelivered("the script says so")

    async def event(self, key: str, body: dict[str, Any]) -> None:
        """Nobody listens."""

    async def tell(self, carrier: Carrier, request: Request) -> None:
        self._line.told(request)


class TelefonieLine:
    """One call over Telefonie's webhooks, as `Line` describes it."""

    def __init__(self, built: Build, program: Program, setup: Setup) -> None:
        self.setup = setup
        self.world = World(program)
        self.transcript = Transcript()
        self.problem: NoAnswerGivenError | None = None
        self.clock = VirtualClock(datetime.fromtimestamp(setup.at, UTC))
        self._stack = AsyncExitStack()
        self._built = built
        self._record: CallRecord | None = None
        self._wait: Wait | None = None
        self._turns = 0
        self._pending: list[tuple[Entry, Any, Command | None]] = []
        self._listened = 0
        self._ringing: list[Handset] = []
        self._phone: Handset | None = None

    # --------------------------------------------------------------------------------------------------- what it is

    @property
    def now(self) -> float:
        return self.clock.wall().timestamp()

    @property
    def ended(self) -> str | None:
        match self._wait:
            case Hangup() | Reject():
                return "flow"
            case Redirect():
                return "redirect"
            case Gone():
                return "caller"
        return None

    @property
    def doing(self) -> str:
        if self._wait is None:
            return "it has not begun"
        return f"it waits for {self._wait.__struct_config__.tag}" if self.ended is None else f"{self.ended} ended it"

    def give(self, given: Given) -> None:
        self.world.give(given)
        if isinstance(given, Outcome) and given.outcome == "full" and self._phone is not None:
            self._fill(given)

    def look(self) -> tuple[Program, Session]:
        if self._record is None:
            raise RuntimeError("the call has not begun")
        return self.world.program, self._record.session

    # -------------------------------------------------------------------------------------------- what people can do

    async def start(self) -> None:
        await self._open()
        for given in self.world.outcomes:
            if given.outcome == "full":
                self._fill(given)
        setup = self.setup
        query = f"?{urlencode({'arguments': json.dumps(setup.arguments)})}" if setup.arguments else ""
        url = f"{self._url}/telefonie/voice/{quote(setup.flow)}{query}"
        status = f"{self._url}/telefonie/status"
        if setup.direction == "outbound":
            self._sandbox.exchange.place(setup.caller, setup.called, target=Goto(url), status_callback=status)
            await self._settle()
            self._phone = self._ringing.pop()
            self._phone.answer(setup.answered_by or "human")  # type: ignore[arg-type]
            await self._until_turn(60)
        else:
            self._sandbox.exchange.own(setup.called, NumberConfig(voice_url=url, status_callback=status))
            self._phone = self._sandbox.network.place_call(setup.caller, setup.called)
        await self._settle()

    async def press(self, keys: str) -> None:
        secret = isinstance(self._wait, Listen) and self._wait.sensitive
        self.transcript.did(self.now, f"presses {MASK if secret else keys}")
        await self._act(lambda phone: phone.press(keys))

    async def speak(self, text: str) -> None:
        secret = isinstance(self._wait, Listen) and self._wait.sensitive
        self.transcript.did(self.now, f"says: {MASK if secret else text}")
        await self._act(lambda phone: phone.speak(text))

    async def wait(self, seconds: float | None) -> None:
        if self.ended is not None:
            return
        self.transcript.did(self.now, "waits" if seconds is None else f"waits {seconds:g} s")
        meeting = isinstance(self._wait, Conference)
        if seconds is not None:
            await self._advance(seconds)
        if meeting:
            await self._end_room()
        elif seconds is None:
            await self._until_turn(self.world.program.project.limits.length)

    async def leave(self, seconds: float, text: str, hangup: bool) -> None:
        wait = self._wait
        if not isinstance(wait, Record):
            raise CannotError(f"nothing records: {self.doing}")
        self.transcript.did(self.now, f"speaks for {seconds:g} s: {text}")
        length = min(seconds, wait.longest)
        if hangup:
            await self._act(lambda phone: phone.leave(length, text, then_hang_up=True))
            return
        await self._act(lambda phone: phone.leave(length, text))
        await self._until_turn(seconds + wait.silence + 1)

    async def peer(self, outcome: str, seconds: float) -> None:
        wait = self._wait
        if isinstance(wait, Enqueue):
            await self._agent(wait, outcome, seconds)
            return
        if not isinstance(wait, Dial):
            raise CannotError(f"nobody is called: {self.doing}")
        self.transcript.did(self.now, f"{', '.join(wait.targets)}: {outcome}", Who.PEER)
        phones, self._ringing = self._ringing, []
        queue = wait.targets[0].removeprefix(QUEUE) if wait.targets[0].startswith(QUEUE) else None
        if outcome == "noanswer":
            await self._until_turn(wait.timeout + 1)
        elif queue is not None:
            if outcome != "answered":
                raise CannotError(f"the next caller of a queue answers, or there is none: not {outcome}")
            waiting = verbs.Enqueue(queue, "", "POST", _NOWHERE)
            await self._somebody(waiting, seconds)
        elif not phones:
            raise CannotError(f"no phone rings: {self.doing}")
        elif outcome == "answered" or (outcome == "declined" and wait.screen):
            phones[0].answer()
            await self._settle()
            if outcome == "declined":
                await self._until_turn(60)
                return
            if wait.screen:
                phones[0].press(wait.screen)
                await self._settle()
            await self._advance(seconds)
            phones[0].hang_up()
        else:
            for phone in phones:
                phone.refuse(_REFUSALS.get(outcome, LegState.BUSY))
        await self._settle()

    async def hangup(self) -> None:
        if self.ended is None:
            self.transcript.did(self.now, "hangs up")
            await self._act(lambda phone: phone.hang_up())

    async def close(self) -> None:
        await self._stack.aclose()

    # ------------------------------------------------------------------------------------------- what goes on beneath

    def told(self, request: Request) -> None:
        """The server asks something of the carrier's API about a call."""
        call = self._sandbox.exchange.calls.get(request.path.rpartition("/")[2])
        if call is None or call.leg.is_over:
            raise Undelivered("the call is over")
        if request.method == "DELETE":
            call.leg.hang_up("network")
        else:
            self._sandbox.exchange.redirect(call, Goto(request.json["url"]))

    async def _open(self) -> None:
        stack = self._stack
        store = MemoryStore()
        listener = socket.create_server(("127.0.0.1", 0))
        self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        carrier = self._make_carrier(await store.secret("carrier"))
        projects = _ScriptedProjects(self._built, self.world)
        engine = Engine(
            projects,
            store,
            {carrier.name: carrier},
            _ScriptedOutside(self),
            clock=lambda: self.now,
            log=_silent_log(),
        )
        engine.observe(self._took)
        stack.push_async_callback(engine.close)
        app = application(engine)
        app.middlewares.append(self._break_queue)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        self._engine = engine
        self._sandbox = await stack.enter_async_context(Sandbox(self._make_config(), self.clock))
        self._sandbox.network.operators.append(self._rings)
        self.clock.quiet.append(lambda: engine.resting)

    def _make_carrier(self, key: bytes) -> Carrier:
        # Its links need no address.
        return Telefonie(TelefonieConfig(), key, grace=_GRACE)

    def _make_config(self) -> SandboxConfig:
        return SandboxConfig(
            listen=False,
            public_url=f"https://{RECORDINGS}",
            pace=0,
            seed=1,
            wait_round=ROUND,
            machine_detection=self.setup.answered_by is not None,
        )

    @web.middleware
    async def _break_queue(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """`given queue NAME failed`: the carrier does not get the waiting document, and gives up."""
        queue = self._wait.name if isinstance(self._wait, Enqueue) else None
        if queue and request.path.endswith("/wait") and self.world.outcome("queue", queue) == "failed":
            raise web.HTTPServiceUnavailable
        response: web.StreamResponse = await handler(request)
        return response

    def _rings(self, phone: Handset) -> bool:
        if phone.leg.callee == _SOMEBODY:
            phone.answer()
        else:
            self._ringing.append(phone)
        return True

    def _took(self, record: CallRecord, event: Event, turn: Turn) -> None:
        """An observer of the engine."""
        self._record, self._wait = record, turn.wait
        self._turn = turn
        self._turns += 1
        prompts = iter([command for command in turn.commands if isinstance(command, Prompt)])
        for entry, value in turn.trace:
            prompt = next(prompts) if entry.kind in ("said", "played", "paused") else None
            self._pending.append((entry, value, prompt))

    async def _act(self, action: Any) -> None:
        if self._phone is None:
            raise CannotError("the call has not begun")
        try:
            action(self._phone)
        except RuntimeError as error:
            raise CannotError(str(error)) from None
        await self._settle()

    async def _settle(self) -> None:
        await self.clock.settle()
        while self._is_pausing():
            # Prompts take no time in a script, and neither does the silence between them.
            await self.clock.advance(60, lambda: not self._is_pausing())
        self._write()
        if self.problem is not None:
            problem, self.problem = self.problem, None
            raise problem

    def _is_pausing(self) -> bool:
        if self._phone is None or isinstance(self._wait, Enqueue):
            return False
        return self._phone.awaiting is not None and self._phone.awaiting.kind == "pause"

    async def _advance(self, seconds: float, until: Any = None) -> None:
        """Let time pass, with the engine's own timers at their time."""
        end = self.clock.now() + seconds
        limit = self.setup.at + self.world.program.project.limits.length
        left = limit - self.now
        if 0 < left <= seconds and not await self.clock.advance(left, until):
            await self._engine.sweep()
            await self.clock.settle()
        if until is None or not until():
            await self.clock.advance(max(0.0, end - self.clock.now()), until)
        await self._settle()

    async def _until_turn(self, seconds: float) -> None:
        """Let time pass until the flow takes a turn; in a queue, until the caller is out of it."""
        turns = self._turns
        await self._advance(
            seconds, lambda: self._turns > turns and (self.ended is not None or not isinstance(self._wait, Enqueue))
        )

    async def _agent(self, wait: Enqueue, outcome: str, seconds: float) -> None:
        self.transcript.did(self.now, f"an agent: {outcome}", Who.PEER)
        if outcome != "answered":
            return
        target = verbs.QueueTarget(wait.name)
        await self._somebody(verbs.Dial(target, 30, 14_400, "", False, False, "", _NOWHERE), seconds)

    async def _somebody(self, does: verbs.Verb, seconds: float) -> None:
        """Somebody else comes into the queue at its other end, talks for so long, and hangs up."""
        other = self._sandbox.exchange.place(self.setup.called, _SOMEBODY, target=(does,))
        await self.clock.settle()
        await self._advance(seconds)
        other.leg.hang_up("phone")
        await self._settle()

    async def _end_room(self) -> None:
        wait = self._wait
        if not isinstance(wait, Conference) or self.world.outcome("conference", wait.room) != "ended":
            return
        room = self._sandbox.network.room(wait.room)
        room.end()
        await self._settle()

    def _fill(self, given: Outcome) -> None:
        network = self._sandbox.network
        if given.verb == "conference":
            network.new_room(given.name, 0)
        elif given.verb == "queue":
            network.queue(given.name).seats = 0

    # ----------------------------------------------------------------------------------------- what the phone heard

    def _write(self) -> None:
        """Put into the transcript what happened since the last time: of the prompts, what the phone really heard."""
        phone = self._phone
        heard = [] if phone is None else phone.heard[self._listened :]
        self._listened += len(heard)
        ears = [one for one in heard if one.kind in ("say", "play")]
        entries: list[Entry] = []
        values: list[Any] = []
        commands: list[Command] = []
        for entry, value, prompt in self._pending:
            if isinstance(prompt, Say | Play):
                times = prompt.loop
                if len(ears) < times or not all(_is(prompt, one) for one in ears[:times]):
                    continue  # a key that was pressed earlier has cut it off
                del ears[:times]
            if prompt is not None:
                commands.append(prompt)
            entries.append(entry)
            values.append(value)
        self._pending = []
        if entries:
            wait = self._turn.wait
            self.transcript.take(Turn(self._turn.number, tuple(commands), wait, (), tuple(entries), tuple(values)))
        for one in ears:
            # Nothing that the flow said: the script must see it.
            self.transcript.say(self.now, one.text, tuple(words(one.text)))


def _silent_log() -> Log:
    """What a script shows is its result."""
    name = "flowengine.script"
    logging.getLogger(name).disabled = True
    return Log(name)


def _is(prompt: Say | Play, heard: Heard) -> bool:
    """Whether the phone heard this prompt once."""
    if isinstance(prompt, Play):
        return heard.kind == "play" and heard.text.endswith(quote(prompt.source, safe="/:?&=%"))
    if heard.kind != "say":
        return False
    once = Say(prompt.text, prompt.language, prompt.voice, 1, prompt.ssml)
    return prompt.ssml or tuple(words(heard.text)) == spoken(once)
