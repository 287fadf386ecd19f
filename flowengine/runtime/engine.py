"""The engine: takes one message of a carrier after the other, and gives the answer.

    claim -> lock the call -> load -> is this event for this turn? -> step, bounded -> save all in one change -> answer

A repeat of an event gets the answer that was given, and nothing happens twice: what an event changed, its answer, and
the effects that are to leave are saved together, before the answer leaves.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from flowengine.carriers.contract import (
    About,
    Carrier,
    Ignored,
    Message,
    Opening,
    Refused,
    Reply,
    Request,
    Step,
    Timer,
)
from flowengine.core import machine, replay
from flowengine.core.commands import Command, Effect, Emit, Fetch, Prompt, Send, SendText, Text
from flowengine.core.commands import Log as LogEffect
from flowengine.core.events import Event, Fetched, Started, Texted, TimeUp
from flowengine.core.graph import Program
from flowengine.core.journal import Entry
from flowengine.core.machine import Turn
from flowengine.core.session import SessionVersionError
from flowengine.runtime.locks import Locks
from flowengine.runtime.log import Log
from flowengine.runtime.outside import Outside, Undelivered
from flowengine.runtime.projects import Projects, UnknownVersionError
from flowengine.runtime.store import CallRecord, Change, ConflictError, Outgoing, Store, StoreError

Observer = Callable[[CallRecord, Event, Turn], None]
"""Told each turn after it is saved. It must be quick, and must not raise."""

_NO_CONTENT = Reply(status=204)
_LENGTH = "length"
_ATTEMPTS = 8
_DATA = ("fetch", "send_text")


class Limits(Struct, frozen=True):
    """How long things may take, in seconds.

    `answer` is the time that the flow's data may take before a document leaves without it. `kept` is how long calls
    that are over are remembered, `sweep` the time between two looks at timers.
    """

    answer: float = 2.0
    store: float = 2.5
    kept: float = 7200.0
    sweep: float = 1.0


class _Work:
    """One event under way: what it has brought so far."""

    __slots__ = ("carrier", "commands", "effects", "event", "journal", "program", "record", "session", "trace", "turn")

    def __init__(self, carrier: Carrier, program: Program, record: CallRecord) -> None:
        self.carrier = carrier
        self.program = program
        self.record = record
        self.session = record.session
        self.commands: list[Command] = []
        self.effects: list[Effect] = []
        self.trace: list[tuple[Entry, Any]] = []
        self.journal: list[replay.Record] = []
        self.turn: Turn | None = None
        self.event: Event | None = None

    def step(self, event: Event) -> bool:
        """Take one turn; False when the event has no place."""
        session, turn = machine.step(self.program, self.session, event)
        before, self.session = self.session, session
        if turn is None:
            return False
        self.event, self.turn = event, turn
        self.journal.append(replay.record(before, event, turn))
        self.commands += turn.commands
        self.effects += turn.effects
        self.trace += turn.trace
        return True

    @property
    def heard(self) -> bool:
        """Whether there is something for the caller to hear."""
        return any(isinstance(command, Prompt | Send) for command in self.commands)


class Engine:
    """Runs the calls of all carriers."""

    def __init__(
        self,
        projects: Projects,
        store: Store,
        carriers: Mapping[str, Carrier],
        outside: Outside,
        *,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
        log: Log | None = None,
    ) -> None:
        """`clock` gives Unix time in seconds."""
        self.projects = projects
        self.store = store
        self.carriers = carriers
        self.outside = outside
        self.clock = clock
        self.limits = limits or Limits()
        self.log = log or Log()
        self.degraded = ""
        self.draining = False
        self._locks = Locks()
        self._asked: dict[str, asyncio.Task[Event]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._observers: list[Observer] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._unknown: dict[str, None] = {}

    def observe(self, observer: Observer) -> None:
        """Tell `observer` each turn from now on."""
        self._observers.append(observer)

    @property
    def resting(self) -> bool:
        """Whether nothing is under way that will go on by itself within moments."""
        return not self._background and all(task.done() for task in self._asked.values())

    async def start(self) -> None:
        """Begin to look after timers and what is to leave."""
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="flowengine sweep")

    async def close(self) -> None:
        """Stop; what is saved goes on with the next start."""
        self.draining = True
        tasks: list[asyncio.Task[Any]] = [*self._background, *self._asked.values()]
        if self._sweeper is not None:
            tasks.append(self._sweeper)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ----------------------------------------------------------------------------------------------- messages come in

    async def handle(self, carrier: Carrier, message: Message) -> Reply:
        """The answer to a message. Never raises; a caller is never left with silence."""
        route = carrier.route(message)
        if isinstance(route, Ignored):
            return _NO_CONTENT
        if isinstance(route, Refused):
            self.log.warning("webhook refused", carrier=carrier.name, path="/".join(message.path), reason=route.reason)
            return Reply(route.reason + "\n", "text/plain", route.status)
        wants_document = isinstance(route, Opening) or route.wants_document
        call = route.facts.id if isinstance(route, Opening) else route.call
        try:
            async with self._locks.hold(call):
                reply = await self._take_in(carrier, message, route)
            self.degraded = ""
            return reply
        except (StoreError, TimeoutError) as error:
            if not self.degraded:
                self.log.error("the store is away", error=str(error) or "timeout")
            self.degraded = str(error) or "the store does not answer"
            # A document that comes back asks again; anything else is sent again by the carrier.
            return carrier.patience(message) if wants_document else Reply(status=503)
        except SessionVersionError as error:
            self.log.error("the call cannot be read", call=call, error=str(error))
        except UnknownVersionError as error:
            self.log.error("the flow of the call is lost", call=call, version=str(error))
        except Exception as error:
            # The last line of defence: whatever is wrong with us, the caller hears a sentence.
            self.log.crash("a fault in the engine", error, call=call)
        return self._sorry(carrier) if wants_document else _NO_CONTENT

    async def _take_in(self, carrier: Carrier, message: Message, route: Opening | About) -> Reply:
        while True:
            try:
                if isinstance(route, Opening):
                    return await self._opened(carrier, message, route)
                return await self._told(carrier, message, route)
            except ConflictError:
                continue  # another worker was quicker: look again

    def _sorry(self, carrier: Carrier) -> Reply:
        settings = self.projects.settings
        return carrier.sorry(str(settings["apology"]), str(settings["language"]))

    async def _opened(self, carrier: Carrier, message: Message, opening: Opening) -> Reply:
        facts = opening.facts
        record = await self._load(facts.id)
        if record is not None:
            if opening.key == record.key and record.reply is not None:
                return record.reply
            kept = await self.store.answer(record.id, opening.key)
            if kept is not None:
                return kept
        program, flow = self.projects.program, opening.flow
        if flow is None:
            ours = facts.called if facts.direction == "inbound" else facts.caller
            flow = self.projects.flow_of(ours)
            if flow is None:
                self.log.warning("no flow answers this number", call=facts.id, number=ours)
                return self._sorry(carrier)
        if program is None or flow not in program.flows:
            self.log.warning("there is no such flow", call=facts.id, flow=flow)
            return self._sorry(carrier)
        try:
            session = machine.begin(program, flow, facts, opening.arguments)
        except machine.ArgumentsError as error:
            self.log.warning("the flow cannot begin", call=facts.id, flow=flow, error=str(error))
            return self._sorry(carrier)
        await self.projects.keep(program, self.store)
        timers = {_LENGTH: message.at + program.project.limits.length}
        version = 0
        if record is not None:
            # Sent here while it goes on: another flow takes over. Turns are counted on, so that no URL means two.
            session.turn, session.answered, version = record.session.turn, record.session.answered, record.version
            task = self._asked.pop(record.id, None)
            if task is not None:
                task.cancel()
        fresh = CallRecord(
            facts.id,
            version,
            carrier.name,
            session,
            carrier.open(opening),
            opened=opening.key,
            timers=timers,
            flow=flow,
            arguments=dict(opening.arguments),
        )
        about = About(facts.id, opening.key)
        return await self._go_on(_Work(carrier, program, fresh), message, about, Started(message.at))

    async def _told(self, carrier: Carrier, message: Message, about: About) -> Reply:
        record = await self._load(about.call)
        if record is None:
            self._unknown_call(about.call, message)
            return self._sorry(carrier) if about.wants_document else _NO_CONTENT
        if about.key and about.key == record.key and record.reply is not None:
            return record.reply
        step = carrier.receive(record.memo, message)
        if step.event is None or record.session.waiting_for in _DATA:
            if about.key:
                kept = await self.store.answer(about.call, about.key)
                if kept is not None:
                    return kept
            reply = step.reply
            if reply is not None and reply.status >= 400:
                self.log.warning("webhook refused", call=about.call, path="/".join(message.path[:1]), reason="token")
                return reply
            if about.key and record.session.waiting_for in _DATA:
                return await self._poll(carrier, message, about, record)
        if step.event is None:
            return await self._noted(record, step, message)
        program = await self.projects.version(record.session.program, self.store)
        work = _Work(carrier, program, replace(record, memo=step.memo))
        return await self._go_on(work, message, about, step.event, step)

    async def _noted(self, record: CallRecord, step: Step, message: Message) -> Reply:
        """Nothing for the flow: keep what the carrier wants remembered, and answer."""
        timers = self._timers(record, step, message.at)
        if step.memo is not record.memo or timers != record.timers:
            changed = replace(record, memo=step.memo, timers=timers, version=record.version + 1, updated=message.at)
            await self._save(Change(changed))
        self._ask_carrier(self.carriers[record.carrier], step, record.id)
        return step.reply or _NO_CONTENT

    def _timers(self, record: CallRecord, step: Step, at: float) -> dict[str, float]:
        timers = record.timers
        for output in step.outputs:
            if isinstance(output, Timer):
                timers = {**timers, output.name: at + output.seconds}
                if output.seconds <= 60:
                    self._in_background(self._ring(record.id, output.name, output.seconds), f"timer {output.name}")
        return timers

    def _unknown_call(self, call: str, message: Message) -> None:
        if call in self._unknown:
            return
        self._unknown[call] = None
        while len(self._unknown) > 1000:
            del self._unknown[next(iter(self._unknown))]
        self.log.warning("webhook for an unknown call", call=call, path="/".join(message.path[:1]))

    # --------------------------------------------------------------------------------------------------------- a turn

    async def _go_on(
        self, work: _Work, message: Message, about: About, event: Event, step: Step | None = None
    ) -> Reply:
        """Take the event, and turns as long as data comes in time; save; answer."""
        began = time.perf_counter()
        if not work.step(event):
            return await self._no_turn(work, step, message, about)
        deadline = began + self.limits.answer
        while work.turn is not None and isinstance(work.turn.wait, Fetch | SendText):
            if work.heard or work.session.gone:
                break
            if not _is_safe(work.turn.wait):
                # It must not happen twice: what led to it is saved first.
                await self._commit(work, message, "")
            task = self._ask(work, work.turn.wait)
            done, _ = await asyncio.wait({task}, timeout=max(0.0, deadline - time.perf_counter()))
            if not done:
                break
            self._asked.pop(work.record.id, None)
            if not work.step(task.result()):
                break
        return await self._answer(work, message, about, began)

    async def _answer(self, work: _Work, message: Message, about: About, began: float) -> Reply:
        turn, record = work.turn, work.record
        if turn is None or work.event is None:
            raise TypeError("there is no turn to answer with")
        whole = Turn(turn.number, tuple(work.commands), turn.wait, (), tuple(work.trace))
        performed = work.carrier.perform(record.memo, whole, asked=about.wants_document)
        reply = (performed.reply if about.wants_document else None) or _NO_CONTENT
        timers = self._timers(record, performed, message.at)
        work.record = replace(record, memo=performed.memo, reply=reply, timers=timers)
        await self._commit(work, message, about.key)
        if isinstance(turn.wait, Fetch | SendText):
            self._ask(work, turn.wait)
            if work.session.gone:
                self._in_background(self._finish(work.record.id), "a flow whose caller has left")
        self._ask_carrier(work.carrier, performed, record.id)
        self._write(work, turn, began)
        for observer in self._observers:
            observer(work.record, work.event, whole)
        return reply

    async def _no_turn(self, work: _Work, step: Step | None, message: Message, about: About) -> Reply:
        """The event has no place now: what it changed is kept, and the carrier gets the present answer again."""
        if work.session is not work.record.session or (step is not None and step.outputs):
            await self._commit(work, message, "")
        if work.session.gone and work.session.waiting_for in _DATA:
            self._in_background(self._finish(work.record.id), "a flow whose caller has left")
        if not about.wants_document:
            return _NO_CONTENT
        return work.record.reply or self._sorry(work.carrier)

    async def _commit(self, work: _Work, message: Message, key: str) -> None:
        record, at = work.record, message.at
        session = work.session
        ended = session.phase == "ended"
        wait = work.turn.wait if work.turn is not None else record.pending
        changed = replace(
            record,
            version=record.version + 1,
            session=session,
            key=key or record.key,
            pending=wait if isinstance(wait, Fetch | SendText) else None,
            timers={} if ended else record.timers,
            updated=at,
        )
        outgoing = tuple(item for effect in work.effects if (item := self._outgoing(effect, record, at)) is not None)
        await self._save(Change(changed, bool(key), tuple(work.journal), outgoing))
        work.record = changed
        for effect in work.effects:
            if isinstance(effect, LogEffect):
                level = logging.getLevelNamesMapping().get(effect.level.upper(), logging.INFO)
                self.log(effect.text, level, call=record.id)
        work.effects, work.journal = [], []
        if outgoing:
            self._in_background(self.send_outgoing(), "what is to leave")

    def _outgoing(self, effect: Effect, record: CallRecord, at: float) -> Outgoing | None:
        if isinstance(effect, Text):
            body: dict[str, Any] = {"to": effect.to, "text": effect.text, "sender": effect.sender}
            return Outgoing(effect.key, "text", record.id, record.carrier, body, at)
        if isinstance(effect, Emit):
            body = {"name": effect.name, "call": record.id, "at": at, "data": effect.data}
            return Outgoing(effect.key, "event", record.id, record.carrier, body, at)
        return None

    def _write(self, work: _Work, turn: Turn, began: float) -> None:
        frame = work.session.frames[-1]
        wait = turn.wait.__struct_config__.tag
        got = work.event.__struct_config__.tag if work.event is not None else ""
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        self.log("turn", call=work.record.id, flow=frame.flow, turn=turn.number, got=got, wait=wait, ms=milliseconds)

    # ------------------------------------------------------------------------------------------------- data of a flow

    def _ask(self, work: _Work, wait: Fetch | SendText) -> asyncio.Task[Event]:
        """The task that gets the data; it is begun once."""
        call = work.record.id
        task = self._asked.get(call)
        if task is None:
            task = asyncio.create_task(self._get(work.carrier, work.program, wait), name=f"data for {call}")
            self._asked[call] = task
        return task

    async def _get(self, carrier: Carrier, program: Program, wait: Fetch | SendText) -> Event:
        if isinstance(wait, Fetch):
            answer = await self.outside.fetch(wait, program.project.hosts)
            return Fetched(self.clock(), answer.status, answer.body, answer.error)
        try:
            await self.outside.text(carrier, wait.to, wait.text, wait.sender)
        except Undelivered as error:
            return Texted(self.clock(), error.reason)
        return Texted(self.clock())

    async def _poll(self, carrier: Carrier, message: Message, about: About, record: CallRecord) -> Reply:
        """The carrier asks whether the data is there."""
        program = await self.projects.version(record.session.program, self.store)
        work = _Work(carrier, program, record)
        event = await self._data(work, self.limits.answer)
        if event is None:
            return carrier.patience(message)
        return await self._go_on(work, message, about, event)

    async def _data(self, work: _Work, within: float | None) -> Event | None:
        """The data that the call waits for; None when it is not there in time."""
        wait = work.record.pending
        if wait is None:
            return Fetched(self.clock(), error="nothing was asked")
        if work.record.id not in self._asked and not _is_safe(wait):
            # Begun before a restart: nobody knows whether it arrived, and it must not happen twice.
            reason = "interrupted by a restart"
            return Fetched(self.clock(), error=reason) if isinstance(wait, Fetch) else Texted(self.clock(), reason)
        task = self._ask(work, wait)
        done, _ = await asyncio.wait({task}, timeout=within)
        if not done:
            return None
        self._asked.pop(work.record.id, None)
        return task.result()

    async def _finish(self, call: str) -> None:
        """Go on with a flow whose caller has left, as its data comes in: nobody will ask for it."""
        async with self._locks.hold(call):
            while True:
                record = await self._load(call)
                if record is None or record.ended or record.session.waiting_for not in _DATA:
                    return
                carrier = self.carriers[record.carrier]
                program = await self.projects.version(record.session.program, self.store)
                work = _Work(carrier, program, record)
                event = await self._data(work, None)
                if event is None or not work.step(event):
                    return
                message = Message((), {}, self.clock())
                await self._answer(work, message, About(call, wants_document=False), time.perf_counter())

    # --------------------------------------------------------------------------------------------------------- timers

    async def _ring(self, call: str, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._time_is_up(call, name)

    async def _time_is_up(self, call: str, name: str) -> None:
        async with self._locks.hold(call):
            record = await self._load(call)
            if record is None or name not in record.timers:
                return
            now = self.clock()
            carrier = self.carriers[record.carrier]
            timers = {timer: at for timer, at in record.timers.items() if timer != name}
            message = Message(("timer", name), {}, now)
            step = Step(record.memo, (), TimeUp(now)) if name == _LENGTH else carrier.receive(record.memo, message)
            if step.event is None or record.ended:
                changed = replace(record, memo=step.memo, timers=timers, version=record.version + 1)
                await self._save(Change(changed))
                self._ask_carrier(carrier, step, call)
                return
            program = await self.projects.version(record.session.program, self.store)
            work = _Work(carrier, program, replace(record, memo=step.memo, timers=timers))
            await self._go_on(work, message, About(call, wants_document=False), step.event)

    async def sweep(self) -> None:
        """Let timers that are due ring, and send what is due to leave."""
        for record in await self.store.due(self.clock()):
            for name, at in record.timers.items():
                if at <= self.clock():
                    try:
                        await self._time_is_up(record.id, name)
                    except ConflictError:
                        break  # another worker has it
        await self.send_outgoing()

    async def _sweep_for_ever(self) -> None:
        forgot = self.clock()
        while True:
            await asyncio.sleep(self.limits.sweep)
            try:
                await self.sweep()
                if self.clock() - forgot > 60:
                    forgot = self.clock()
                    await self.store.forget(forgot - self.limits.kept, self.projects.versions)
            except StoreError as error:
                self.degraded = str(error)
            except Exception as error:
                self.log.crash("a fault in the sweep", error)

    # ----------------------------------------------------------------------------------------------- what is to leave

    async def send_outgoing(self) -> None:
        """Send what is due: at least once, each with its own key, again after a while when it fails."""
        for item in await self.store.take_outgoing(self.clock(), lease=60.0):
            try:
                await self._send(item)
            except Undelivered as error:
                attempts = item.attempts + 1
                dead = not error.again or attempts >= _ATTEMPTS
                self.log.warning(
                    f"{item.kind} not delivered", call=item.call, reason=error.reason, attempts=attempts, given_up=dead
                )
                due = self.clock() + min(600.0, 2.0**attempts)
                await self.store.settle_outgoing(item.key, replace(item, due=due, attempts=attempts, dead=dead))
            else:
                await self.store.settle_outgoing(item.key)

    async def _send(self, item: Outgoing) -> None:
        if item.kind == "text":
            body = item.body
            await self.outside.text(self.carriers[item.carrier], body["to"], body["text"], body["sender"])
        else:
            await self.outside.event(item.key, item.body)

    def _ask_carrier(self, carrier: Carrier, step: Step, call: str) -> None:
        """Send what a step asks of the carrier's API."""
        for output in step.outputs:
            if isinstance(output, Request):
                self._in_background(self._tell(carrier, output, call), "request to the carrier")

    async def _tell(self, carrier: Carrier, request: Request, call: str) -> None:
        try:
            await self.outside.tell(carrier, request)
        except Undelivered as error:
            self.log.warning("the carrier was not told", call=call, reason=error.reason)

    # ------------------------------------------------------------------------------------------------------ the store

    async def _load(self, call: str) -> CallRecord | None:
        async with asyncio.timeout(self.limits.store):
            return await self.store.load(call)

    async def _save(self, change: Change) -> None:
        async with asyncio.timeout(self.limits.store):
            await self.store.save(change)

    def _in_background(self, work: Any, name: str) -> None:
        task: asyncio.Task[None] = asyncio.create_task(self._guarded(work, name), name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _guarded(self, work: Any, name: str) -> None:
        try:
            await work
        except (StoreError, ConflictError, TimeoutError) as error:
            self.log.warning(f"{name}: the store is away", error=str(error))
        except Exception as error:
            self.log.crash(f"a fault in {name}", error)


def _is_safe(wait: Fetch | SendText) -> bool:
    """Whether it may be done twice without harm."""
    return isinstance(wait, Fetch) and wait.method in ("GET", "HEAD")
