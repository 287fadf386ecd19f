"""Webhooks of one call at two machines at once, in every order of their steps that a seeded scheduler comes upon.

Each step of the store, and the request that a flow makes, stops at a gate. Only one is let through at a time, so a
schedule is a list of choices, and a seed gives it again.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from flowengine.carriers.contract import Carrier, Reply, Request
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.core.commands import Fetch
from flowengine.core.policy import Hosts
from flowengine.runtime.engine import Engine
from flowengine.runtime.outside import Answer
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import MemoryStore
from flowengine.server.requests import message
from tests.conftest import SEED
from tests.reliability.size import size
from tests.server.stage import write_project

ORDER = """
flow main:
    on failed -> bye

start:
    gather number digits=2:
        say "Your order, please."
    emit "order" data=number
    fetch order "https://crm.example/{{ number }}" method="POST"
    say "Thank you."
    menu:
        say "To end, press 1."
        when 1 -> bye

bye:
    say "Goodbye."
    hangup
"""
AT = 1_767_614_400.0
MACHINES = 2
_FACTS = {"call_id": "CA1", "from": "+15557650001", "to": "+15551230000", "direction": "inbound"}


class Gate:
    """Where everything stops until the scheduler lets it through."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"{SEED} {seed}")
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []
        self._ranks: defaultdict[object, float] = defaultdict(self.chance.random)
        self.steps = 0

    async def pass_(self) -> None:
        """Wait for one's turn."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((self._ranks[asyncio.current_task()], future))
        await future

    async def schedule(self, tasks: Sequence[asyncio.Task[Any]]) -> None:
        """Let one through after the other until the tasks are done."""
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            self._waiting = [one for one in self._waiting if not one[1].done()]
            if not self._waiting:
                await asyncio.sleep(0.002)
                continue
            # Mostly in the order of ranks drawn for the tasks: else one of many would hardly ever be far ahead of all.
            chosen = (
                max(self._waiting, key=itemgetter(0))
                if self.chance.random() < 0.8
                else self.chance.choice(self._waiting)
            )
            self._waiting.remove(chosen)
            chosen[1].set_result(None)
            self.steps += 1


class Gated:
    """A store each of whose steps stops before and after it."""

    def __init__(self, store: MemoryStore, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        async def step(*arguments: Any, **named: Any) -> Any:
            await self._gate.pass_()
            result = await method(*arguments, **named)
            await self._gate.pass_()
            return result

        return step if asyncio.iscoroutinefunction(method) else method


class World:
    """Counts what flows ask of it."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.asked = 0
        self.events: Counter[str] = Counter()

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        self.asked += 1
        await self._gate.pass_()
        return Answer(200, {})

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        """Nobody reads."""

    async def event(self, key: str, body: dict[str, Any]) -> None:
        self.events[key] += 1

    async def tell(self, carrier: Carrier, request: Request) -> None:
        """Nobody hears."""


class Stage:
    """Two machines with one store."""

    def __init__(self, projects: Projects, gate: Gate) -> None:
        self.store = MemoryStore()
        self.gate = gate
        self.world = World(gate)
        self.carrier = Telefonie(TelefonieConfig(), b"a key")
        self.machines = [
            Engine(projects, Gated(self.store, gate), {"telefonie": self.carrier}, self.world, clock=lambda: AT)
            for _ in range(MACHINES)
        ]

    async def ask(self, machine: int, path: str, **fields: str) -> Reply:
        """One webhook."""
        body = urlencode({**_FACTS, "status": "in-progress", **fields}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "host": "ivr.example"}
        return await self.machines[machine].handle(
            self.carrier, message("POST", path, headers, body, "/telefonie/", AT)
        )

    async def at_once(self, *webhooks: tuple[int, str, dict[str, str]]) -> list[Reply]:
        """Several webhooks, each with its machine, under the scheduler; they arrive in any order."""
        arriving = list(range(len(webhooks)))
        self.gate.chance.shuffle(arriving)
        tasks = {}
        for number in arriving:
            machine, path, fields = webhooks[number]
            tasks[number] = asyncio.create_task(self.ask(machine, path, **fields))
        async with asyncio.timeout(30):
            await self.gate.schedule(list(tasks.values()))
        return [tasks[number].result() for number in range(len(webhooks))]

    async def close(self) -> None:
        """End both."""
        closing = [asyncio.create_task(machine.close()) for machine in self.machines]
        await self.gate.schedule(closing)


def _action(reply: Reply) -> str:
    document = ElementTree.fromstring(reply.body)
    found = [element.get("action") or "" for element in document.iter()] + [
        element.text or "" for element in document.iter("Redirect")
    ]
    return next(path for path in found if path)


async def _turns(stage: Stage) -> list[int]:
    return [turn.turn for turn in await stage.store.journal("CA1")]


async def test_keys_repeats_and_the_end(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """A key, its repeat at the other machine, another key for the same turn, and the news that the call is over."""
    count = size(300, 20_000)
    projects = Projects(write_project(tmp_path))
    await projects.load()
    outcomes: Counter[int] = Counter()
    steps = 0
    for seed in range(count):
        stage = Stage(projects, Gate(seed))
        begun = await stage.at_once(
            (0, "/telefonie/voice", {"status": "ringing"}), (1, "/telefonie/voice", {"status": "ringing"})
        )
        assert begun[0] == begun[1], f"seed {seed}"
        path = _action(begun[0])
        one, two, again, other, over = await stage.at_once(
            (0, path, {"digits": "1"}),
            (1, path, {"digits": "1"}),
            (1, path, {"digits": "1"}),
            (0, path, {"digits": "2"}),
            (1, "/telefonie/status", {"status": "completed"}),
        )
        assert one == two == again, f"seed {seed}"
        assert {one.status, other.status} == {200}, f"seed {seed}"
        assert over.status == 204, f"seed {seed}"
        turns = await _turns(stage)
        assert turns == list(range(1, len(turns) + 1)), f"seed {seed}"
        # The beginning, one of the two keys or none, and the end.
        assert len(turns) in (2, 3), f"seed {seed}"
        outcomes[len(turns)] += 1
        steps += stage.gate.steps
        await stage.close()
    assert set(outcomes) == {2, 3}
    record_property(
        "figure", f"{count} schedules, {steps} steps: {outcomes[3]} with a key before the end, {outcomes[2]} not"
    )


async def test_a_request_that_must_not_happen_twice(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The keys that lead to it come three times, at both machines."""
    count = size(60, 2_000)
    root = write_project(tmp_path, main=ORDER)
    config = root / "flowengine.toml"
    config.write_text(config.read_text().replace("127.0.0.1", "crm.example"))
    projects = Projects(root)
    await projects.load()
    asked = 0
    for seed in range(count):
        stage = Stage(projects, Gate(seed))
        [begun] = await stage.at_once((0, "/telefonie/voice", {"status": "ringing"}))
        path = _action(begun)
        replies = await stage.at_once(*((machine, path, {"digits": "42"}) for machine in (0, 1, 1)))
        for _ in range(20):
            if "Thank you" in replies[0].body:
                break
            replies = await stage.at_once((seed % 2, _action(replies[0]), {}))
        assert "Thank you" in replies[0].body, f"seed {seed}"
        assert stage.world.asked == 1, f"seed {seed}"
        asked += stage.world.asked
        turns = await _turns(stage)
        assert turns == list(range(1, len(turns) + 1)), f"seed {seed}"
        await stage.close()
        assert set(stage.world.events.values()) <= {1}, f"seed {seed}"
    record_property("figure", f"{count} schedules of keys that come three times: {asked} requests")
