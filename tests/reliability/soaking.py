"""A server in a process of its own that can be asked how much it holds, and people who call it and are called by it."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop
from aiohttp import web

from flowengine.carriers.telefonie.rest import initiate_call
from flowengine.runtime.http.rest import RestClient
from flowengine.runtime.reload import Reloader
from flowengine.sandbox import Handset, NumberConfig, Sandbox
from flowengine.sandbox.documents import verbs
from flowengine.sandbox.network.leg import LegState
from flowengine.server.serving import Setup, serve
from tests.conftest import SEED
from tests.reliability.every_verb import NUMBER

PEOPLE = "+15557650001"
"""Who calls, and who is called by us."""

_AGENT = "+15559990000"
_KEYS = "12345678"
_LONGEST = 90.0


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds: megabytes, file handles, tasks of its event loop beside connections."""

    memory: float
    handles: int
    tasks: int


def run(root: Path, store: Path, pipe: Connection) -> None:
    """Serve a project with hot reload until the pipe says `stop`; anything else asks what is held."""
    uvloop.run(_serve(root, store, pipe))


async def _serve(root: Path, store: Path, pipe: Connection) -> None:
    stop = asyncio.Event()
    reloads = 0

    def reloaded(_: object) -> None:
        nonlocal reloads
        reloads += 1

    async with serve(Setup(root, port=0, store=store)) as server:
        watching = asyncio.create_task(Reloader(server.projects, reloaded).run(stop))
        pipe.send(server.url)
        while await asyncio.to_thread(pipe.recv) != "stop":
            pipe.send(_held())
        stop.set()
        await watching
    pipe.send(reloads)


def _held() -> Held:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
    # A connection that stays open has a task of its own; as connections they are among the handles.
    tasks = [task for task in asyncio.all_tasks() if "RequestHandler.start" not in str(task.get_coro())]
    return Held(megabytes, len(list(Path("/proc/self/fd").iterdir())), len(tasks))


def crm() -> web.Application:
    """What the flows ask: answers of every kind, and the document of another carrier's application."""
    chance = random.Random(SEED)

    async def order(_request: web.Request) -> web.Response:
        match chance.randrange(5):
            case 0:
                return web.json_response({"state": "open"})
            case 1:
                return web.json_response(None)
            case 2:
                return web.json_response({}, status=404)
            case 3:
                await asyncio.sleep(2.2)
        return web.json_response({"state": "done"})

    async def other(_request: web.Request) -> web.Response:
        return web.Response(text="<Response><Say>Elsewhere.</Say><Hangup/></Response>", content_type="text/xml")

    app = web.Application()
    app.router.add_route("*", "/other", other)
    app.router.add_get("/{call}", order)
    return app


class People:
    """Phones of people who go through the menu in any order. What comes of their calls is counted."""

    def __init__(self, sandbox: Sandbox, carrier: RestClient, url: str) -> None:
        self.ended: Counter[str] = Counter()
        self.pressed: Counter[str] = Counter()
        self._sandbox = sandbox
        self._carrier = carrier
        self._url = url
        self._chance = random.Random(SEED)
        self._rings: asyncio.Queue[Handset] = asyncio.Queue()
        sandbox.exchange.own(
            NUMBER, NumberConfig(voice_url=f"{url}/telefonie/voice", status_callback=f"{url}/telefonie/status")
        )
        sandbox.network.operators.append(self._ring)

    def _ring(self, phone: Handset) -> bool:
        match phone.leg.callee:
            case "+15557650001":
                self._rings.put_nowait(phone)
            case "+15559990000":
                phone.answer()
            case _:
                asyncio.get_running_loop().call_later(0.05, self._pick_up, phone)
        return True

    def _pick_up(self, phone: Handset) -> None:
        """A colleague to whom a call is transferred: busy, or there for a moment."""
        if phone.state is not LegState.RINGING:
            return
        if self._chance.random() < 0.5:
            phone.refuse()
        else:
            phone.answer()
            asyncio.get_running_loop().call_later(0.2, phone.hang_up)

    async def call_in(self) -> None:
        """Somebody calls."""
        await self._talk(self._sandbox.network.place_call(PEOPLE, NUMBER), "in")

    async def call_out(self) -> None:
        """We call somebody."""
        voice, status = f"{self._url}/telefonie/voice/everything", f"{self._url}/telefonie/status"
        await self._carrier.run(initiate_call(PEOPLE, NUMBER, url=voice, status_callback=status))
        phone = await self._rings.get()
        phone.answer()
        await self._talk(phone, "out")

    async def _talk(self, phone: Handset, direction: str) -> None:
        choices = [*self._chance.sample(_KEYS, 4), self._chance.choice("*#!")]
        seen: object = None
        end = time.monotonic() + _LONGEST
        while not phone.leg.is_over and time.monotonic() < end:
            awaiting = phone.awaiting
            if awaiting is not seen:
                seen = awaiting
                await self._act(phone, choices)
            await asyncio.sleep(0.02)
        if not phone.leg.is_over:
            self.ended[f"{direction}: stuck at {phone.awaiting}"] += 1
            phone.hang_up()
        else:
            self.ended[f"{direction}: {phone.state}"] += 1

    async def _act(self, phone: Handset, choices: list[str]) -> None:
        """Do what this moment asks for."""
        if phone.is_in("queue"):
            await self._fetch_from_queue()
        elif phone.is_in("conference"):
            await asyncio.sleep(0.1)
            for room in list(self._sandbox.network.rooms.values()):
                if phone.leg.id in room.name and not room.is_over:
                    room.end()
        elif phone.leg.dictation is not None:
            phone.leave(1.0, "hello")
        elif phone.is_in("gather"):
            # The prompt of a question tells which it is.
            last = next((one.text for one in reversed(phone.heard) if one.kind == "say"), "")
            if "star" not in last:
                phone.press("1234")
                return
            choice = choices.pop(0) if choices else "*"
            self.pressed[choice] += 1
            if choice == "!":
                phone.hang_up()
            else:
                phone.press(choice)

    async def _fetch_from_queue(self) -> None:
        """An agent takes the first of the queue, talks for a moment, and hangs up."""
        await asyncio.sleep(0.1)
        agent = self._sandbox.exchange.place(NUMBER, _AGENT, target=(verbs.Dial(verbs.QueueTarget("sales")),))
        await asyncio.sleep(0.3)
        agent.leg.hang_up("phone")
