"""Machine, stores and server under random histories: what must hold holds after every step of every one."""

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from flowengine.carriers.contract import Reply
from flowengine.compiler.build import build
from flowengine.core import machine, replay, session
from flowengine.core.commands import Gone, Hangup, Redirect, Reject
from flowengine.core.events import (
    ConferenceLeft,
    Dialled,
    Event,
    Failed,
    Fetched,
    HungUp,
    Keys,
    QueueLeft,
    Recorded,
    Silence,
    Speech,
    Started,
    Texted,
    TimeUp,
    Waiting,
)
from flowengine.core.graph import Program
from flowengine.core.session import Facts
from flowengine.runtime.store import CallRecord, Change, ConflictError, MemoryStore, Outgoing, SqliteStore, Store
from flowengine.server.serving import Setup, serve
from tests.redis_server import RedisServer
from tests.reliability import every_verb
from tests.reliability.size import size
from tests.runtime.test_stores import CARRIERS, record
from tests.server.stage import Caller, write_project

pytestmark = pytest.mark.slow

Figure = Callable[[str, object], None]
T = TypeVar("T")
LEAVING = (Hangup, Reject, Redirect, Gone)


def _run(history: type[RuleBasedStateMachine], count: int, steps: int) -> None:
    run_state_machine_as_test(
        history,
        settings=settings(
            max_examples=count,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# -------------------------------------------------------------------------------------------------------- the machine

_keys = st.text("0123456789*#ABCD", max_size=6)
_words = st.text(max_size=8)
_data = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["open", "gone", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["state", "x"]), inner, max_size=2),
    max_leaves=4,
)
_outcomes = st.sampled_from(
    ["completed", "busy", "noanswer", "declined", "failed", "ended", "full", "answered", "timeout", "nonsense", ""]
)
_seconds = st.floats(0, 20)


_recorded = st.builds(
    Recorded, st.just(0.0), st.none() | st.just("https://files.example/r"), _seconds, _words, st.booleans()
)
_fetched = st.builds(Fetched, st.just(0.0), st.none() | st.integers(100, 599), _data, st.none() | _words)
_choice = st.builds(Keys, st.just(0.0), st.sampled_from("123456789"))
_fitting: dict[str, st.SearchStrategy[Event]] = {
    "listen": _choice | st.builds(Keys, st.just(0.0), st.sampled_from(["1234", "5678", "0000"])),
    "record": _recorded,
    "dial": st.builds(Dialled, st.just(0.0), _outcomes, _seconds, st.booleans()),
    "conference": st.builds(ConferenceLeft, st.just(0.0), _outcomes, st.booleans()),
    "enqueue": st.builds(Waiting, st.just(0.0), st.integers(0, 9), _seconds)
    | st.builds(QueueLeft, st.just(0.0), _outcomes, st.booleans()),
    "fetch": _fetched,
    "send_text": st.builds(Texted, st.just(0.0), st.none() | _words),
}
"""What may come of each wait."""
_any = st.one_of(
    *_fitting.values(),
    st.builds(Keys, st.just(0.0), _keys, st.booleans()),
    st.builds(Speech, st.just(0.0), _words),
    st.sampled_from([Silence(0.0), Started(0.0), TimeUp(0.0), HungUp(0.0), Failed(0.0, "the carrier cannot")]),
)
"""Any event, whether or not it has a place."""


def _everything() -> Program:
    with tempfile.TemporaryDirectory() as folder:
        program = build(every_verb.write(Path(folder))).program
    assert program is not None
    return program


class OneCall(RuleBasedStateMachine):
    """Any events in any order, through a flow of all verbs."""

    program = _everything()
    turns = 0

    @initialize(direction=st.sampled_from(["inbound", "outbound"]))
    def begin(self, direction: str) -> None:
        facts = Facts("CA1", "+15557650001", every_verb.NUMBER, direction, "telefonie", 0.0)
        self.at = 0.0
        self.session = machine.begin(self.program, "everything", facts)
        self.journal: list[replay.Record] = []
        self._take(Started(0.0))

    @rule(data=st.data())
    def fitting_event(self, data: st.DataObject) -> None:
        wait = self.session.waiting_for
        assert wait in _fitting or self.session.phase == "ended", wait
        self._take(data.draw(_fitting.get(wait, _any)))

    @rule(event=_any)
    def any_event(self, event: Event) -> None:
        self._take(event)

    def _take(self, event: Event) -> None:
        self.at += 1.0
        event = replace(event, at=self.at)
        before = session.dump(self.session)
        over = self.session.phase == "ended"
        after, turn = machine.step(self.program, self.session, event)
        again, other = machine.step(self.program, session.load(before), event)
        # A step is a function: it leaves its session as it was, and gives the same for the same in any process.
        assert session.dump(self.session) == before
        assert session.dump(again) == session.dump(after)
        assert other == turn
        if turn is None:
            assert session.dump(after) == before or after.gone
        else:
            OneCall.turns += 1
            assert not over, "something happened after the end"
            assert turn.over == isinstance(turn.wait, LEAVING) == (after.phase == "ended")
            assert after.turn == turn.number > self.session.turn
            self.journal.append(replay.record(self.session, event, turn))
        self.session = session.load(session.dump(after))

    @invariant()
    def what_is_kept_is_whole(self) -> None:
        if hasattr(self, "session"):
            assert session.load(session.dump(self.session)) == self.session
            for kept in self.journal[-1:]:
                assert replay.load(replay.dump(kept)) == kept


def test_any_events_in_any_order(record_property: Figure) -> None:
    OneCall.turns = 0
    count = size(300, 5_000)
    _run(OneCall, count, 30)
    record_property("figure", f"machine: {count} histories of 30 events, {OneCall.turns} turns")


# --------------------------------------------------------------------------------------------------------- the stores


class _Asynchronous(RuleBasedStateMachine):
    """Rules that await, on a loop of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.loop.close()


class OneStore(_Asynchronous):
    """A store beside a model of it: what each says must be the same."""

    make: Callable[[], Coroutine[Any, Any, Store]]
    calls = st.sampled_from(["CA1", "CA2", "CA3"])

    @initialize()
    def open(self) -> None:
        self.store = self.run(type(self).make())
        self.saved: dict[str, CallRecord] = {}
        self.answers: dict[tuple[str, str], Reply] = {}
        self.turns: dict[str, list[replay.Record]] = {}
        self.leaving: list[Outgoing] = []
        self.numbers = itertools.count(1)

    @rule(call=calls, behind=st.integers(0, 2), claim=st.booleans(), turns=st.integers(0, 2), items=st.integers(0, 2),
          phase=st.sampled_from(["waiting", "waiting", "ended"]))  # fmt: skip
    def save(self, call: str, behind: int, claim: bool, turns: int, items: int, phase: str) -> None:
        number = next(self.numbers)
        present = self.saved[call].version if call in self.saved else 0
        version = present + 1 - behind if present - behind >= 0 else present + 1
        new = replace(
            record(call, version, phase=phase, updated=float(number)),
            key=f"key-{number}",
            reply=Reply(f"<Response>{number}</Response>"),
            timers={} if phase == "ended" else {"length": float(number)},
        )
        taken = len(self.turns.get(call, []))
        journal = tuple(replay.Record(taken + n, Started(float(number)), []) for n in range(1, turns + 1))
        leaving = tuple(
            Outgoing(f"{call}-{number}-{n}", "event", call, "telefonie", {"n": n}, float(number)) for n in range(items)
        )
        change = Change(new, claim, journal, leaving)
        if version != present + 1:
            with pytest.raises(ConflictError):
                self.run(self.store.save(change))
            return
        self.run(self.store.save(change))
        self.saved[call] = new
        self.turns.setdefault(call, []).extend(journal)
        self.leaving += leaving
        if claim:
            assert new.reply is not None
            self.answers[call, new.key] = new.reply

    @rule(seconds=st.integers(0, 40))
    def timers(self, seconds: int) -> None:
        due = sorted(
            (kept.due, name) for name, kept in self.saved.items() if kept.due is not None and kept.due <= seconds
        )
        assert self.run(self.store.due(float(seconds))) == [name for _, name in due]

    @rule(again=st.sampled_from(["sent", "later", "dead"]))
    def leave(self, again: str) -> None:
        """Of each call the first that is left, and nothing while that is out."""
        taken = self.run(self.store.take_outgoing(1e6, 0.0, 10))
        first: dict[str, Outgoing] = {}
        for item in self.leaving:
            first.setdefault(item.call, item)
        assert {item.key for item in taken} == {item.key for item in first.values()}
        for item in taken:
            if again == "sent":
                self.run(self.store.settle_outgoing(item))
            else:
                changed = replace(item, attempts=item.attempts + 1, dead=again == "dead", reason="busy")
                self.run(self.store.settle_outgoing(item, changed))
            if again != "later":
                self.leaving = [other for other in self.leaving if other.key != item.key]

    @invariant()
    def says_what_was_saved(self) -> None:
        if not hasattr(self, "saved"):
            return
        for call in ("CA1", "CA2", "CA3"):
            assert self.run(self.store.load(call)) == self.saved.get(call)
            assert self.run(self.store.journal(call)) == self.turns.get(call, [])
        for (call, key), reply in self.answers.items():
            assert self.run(self.store.answer(call, key)) == reply
        is_open = sum(not kept.ended for kept in self.saved.values())
        assert self.run(self.store.open_calls()) == is_open

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.run(self.store.close())
        super().teardown()


async def _memory() -> Store:
    return MemoryStore()


@pytest.mark.parametrize("kind", ["memory", "sqlite", "redis"])
def test_a_store_and_its_model(kind: str, tmp_path: Path, record_property: Figure) -> None:
    numbers = itertools.count(1)
    redis = RedisServer(tmp_path, always=False)

    async def sqlite() -> Store:
        return SqliteStore(tmp_path / f"calls-{next(numbers)}.db", CARRIERS)

    async def shared() -> Store:
        from flowengine.runtime.store.redis import RedisStore

        redis.clear()
        store = RedisStore(redis.url, CARRIERS)
        await store.open()
        return store

    if kind == "redis":
        redis.start()
    makes = {"memory": _memory, "sqlite": sqlite, "redis": shared}
    history = type(f"{kind}Store", (OneStore,), {"make": staticmethod(makes[kind])})
    count = size({"memory": 60, "sqlite": 25, "redis": 15}[kind], 1_000)
    try:
        _run(history, count, 20)
    finally:
        redis.stop()
    record_property("figure", f"{kind}: {count} histories of 20 changes")


# --------------------------------------------------------------------------------------------------------- the server


class OneServer(_Asynchronous):
    """A server that is asked, asked again, asked too late, and started anew, as carriers and operators do."""

    webhooks = 0

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.setup = Setup(
            write_project(Path(self.folder.name) / "project"), port=0, store=Path(self.folder.name) / "calls.db"
        )
        self.callers: list[Caller] = []
        self.last: dict[str, tuple[str, dict[str, str], tuple[int, str]]] = {}
        self.over: set[str] = set()
        self._open()

    def _open(self) -> None:
        async def open_() -> None:
            self.stack = AsyncExitStack()
            server = await self.stack.enter_async_context(serve(self.setup))
            client = await self.stack.enter_async_context(aiohttp.ClientSession())
            self.server = server
            for caller in self.callers:
                caller.client, caller.url = client, server.url
            self.client = client

        self.run(open_())

    def _ask(self, caller: Caller, path: str, fields: dict[str, str]) -> tuple[int, str]:
        OneServer.webhooks += 1
        answer = self.run(caller.ask(path, fields))
        note(f"{caller.call} {path} {fields}: {answer}")
        assert answer[0] in (200, 204), answer
        return answer

    @rule()
    def call(self) -> None:
        caller = Caller(self.client, self.server.url, f"CA{len(self.callers)}")
        self.callers.append(caller)
        self._go_on(caller, "/telefonie/voice", {"status": "ringing"})

    def _go_on(self, caller: Caller, path: str, fields: dict[str, str]) -> None:
        answer = self._ask(caller, path, fields)
        caller.document = answer[1]
        self.last[caller.call] = (path, fields, answer)

    def _goes_on(self, caller: Caller) -> bool:
        return caller.call not in self.over and "action=" in caller.document

    @precondition(lambda self: self.callers)
    @rule(data=st.data(), digits=st.sampled_from(["1", "2", "3", "9", "", "1234", "0000"]))
    def key(self, data: st.DataObject, digits: str) -> None:
        caller = data.draw(st.sampled_from(self.callers))
        if self._goes_on(caller):
            self._go_on(caller, caller.action, {"digits": digits})

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """The carrier has lost the answer: it gets the same bytes."""
        call = data.draw(st.sampled_from(sorted(self.last)))
        path, fields, answer = self.last[call]
        caller = next(caller for caller in self.callers if caller.call == call)
        assert self._ask(caller, path, fields) == answer

    @precondition(lambda self: self.callers)
    @rule(data=st.data(), status=st.sampled_from(["completed", "completed", "busy", "failed", "ringing", "nonsense"]))
    def hang_up(self, data: st.DataObject, status: str) -> None:
        caller = data.draw(st.sampled_from(self.callers))
        self._ask(caller, "/telefonie/status", {"status": status})
        if status in ("completed", "busy", "failed"):
            self.over.add(caller.call)
            record = self.run(self.server.engine.store.load(caller.call))
            assert record is not None
            # A recording under way may still come for a while.
            assert record.ended or "left" in record.timers

    @precondition(lambda self: self.callers)
    @rule(data=st.data(), turn=st.integers(0, 3), digits=st.sampled_from(["1", "3"]))
    def too_late(self, data: st.DataObject, turn: int, digits: str) -> None:
        """An answer with a link that is nobody's: nothing changes."""
        caller = data.draw(st.sampled_from(self.callers))
        before = self.run(self.server.engine.store.load(caller.call))
        self.run(caller.ask(f"/telefonie/turn/{caller.call}/{'x' * 24}/{turn}", {"digits": digits}))
        assert self.run(self.server.engine.store.load(caller.call)) == before

    @precondition(lambda self: self.callers)
    @rule()
    def restart(self) -> None:
        self.run(self.stack.aclose())
        self._open()

    @invariant()
    def each_turn_was_taken_once(self) -> None:
        for caller in getattr(self, "callers", []):
            turns = [turn.turn for turn in self.run(self.server.engine.store.journal(caller.call))]
            assert turns == list(range(1, len(turns) + 1))

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.run(self.stack.aclose())
            self.folder.cleanup()
        super().teardown()


def test_a_server_and_its_history(record_property: Figure) -> None:
    OneServer.webhooks = 0
    count = size(12, 300)
    _run(OneServer, count, 25)
    record_property("figure", f"server: {count} histories of 25 steps, {OneServer.webhooks} webhooks")
