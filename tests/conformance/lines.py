"""Lines over carriers that do to a call what real carriers do: webhooks that come twice, and late."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from flowengine.carriers.telefonie.adapter import GRACE
from flowengine.cli.over import TelefonieLine
from flowengine.cli.over_voipbin import VoipbinLine
from flowengine.compiler.build import Build
from flowengine.core.graph import Program
from flowengine.simulator.line import Setup

Line = TelefonieLine
LINES: dict[str, Callable[[Build, Program, Setup], Line]] = {"telefonie": TelefonieLine, "voipbin": VoipbinLine}
"""What plays a script over a carrier that runs flows."""

_AGAIN = "x-test-again"
_HOPS = {"host", "content-length", "connection", "accept-encoding"}


class Repeating:
    """Mixed into a line: each webhook is sent a second time, over HTTP, and the one before it a third time, late.

    Left alone are polls, which ask for what is there by now and have no repeats; and the answers to a caller who has
    gone, which nobody carries out.

    Attributes:
        different: Repeats whose answer was not the first one's.
        repeats: How many there were.
    """

    _engine: Any
    _record: Any
    _url: str

    async def _open(self) -> None:
        await super()._open()  # type: ignore[misc]
        self.different: list[str] = []
        self.repeats = 0
        self._before: web.Request | None = None
        self._under_way = 0
        self._rests = asyncio.Event()
        self._rests.set()
        self._closing = False

    async def close(self) -> None:
        if hasattr(self, "_rests"):
            # A repeat asks the server that is about to end, and that would wait for it: so none begins from here on.
            self._closing = True
            await self._rests.wait()
        await super().close()  # type: ignore[misc]

    @web.middleware
    async def _break_queue(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """What the line does to each request that comes to its server; and, before the answer leaves, the repeats."""
        if self._closing or _AGAIN in request.headers:
            response: web.StreamResponse = await super()._break_queue(request, handler)  # type: ignore[misc]
            return response
        self._under_way += 1
        self._rests.clear()
        try:
            response = await super()._break_queue(request, handler)  # type: ignore[misc]
            if isinstance(response, web.Response) and self._is_repeated(request):
                await self._repeat(request, response)
            return response
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._rests.set()

    def _is_repeated(self, request: web.Request) -> bool:
        _, carrier, *path = request.path.split("/")
        return carrier in self._engine.carriers and "poll" not in path

    async def _repeat(self, request: web.Request, response: web.Response) -> None:
        first = response.status, response.text or ""
        again = await self._send(request)
        self.repeats += 1
        if again != first and not self._record.session.gone:
            self.different.append(f"{request.raw_path}: {first[0]} {first[1][:200]}, then {again[0]} {again[1][:200]}")
        before, self._before = self._before, request
        if before is not None and (await self._send(before))[0] >= 500:
            self.different.append(f"{before.raw_path}, late")

    async def _send(self, request: web.Request) -> tuple[int, str]:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOPS} | {_AGAIN: "1"}
        url = f"{self._url}{request.raw_path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, url, data=await request.read(), headers=headers) as answer,
        ):
            return answer.status, await answer.text()


class Patient:
    """Mixed into a line: before it is closed it waits for what is still to come, as a recording that was cut off.

    Attributes:
        open_calls: How many calls were not over then.
    """

    _engine: Any
    clock: Any

    async def close(self) -> None:
        if hasattr(self, "_engine"):
            await self.clock.advance(2 * GRACE)
            await self._engine.sweep()
            await self.clock.settle()
            self.open_calls = await self._engine.store.open_calls()
        await super().close()  # type: ignore[misc]


class _PatientTelefonie(Patient, TelefonieLine):
    pass


class _PatientVoipbin(Patient, VoipbinLine):
    pass


class _RepeatingTelefonie(Repeating, TelefonieLine):
    pass


class _RepeatingVoipbin(Repeating, VoipbinLine):
    pass


PATIENT: dict[str, Callable[[Build, Program, Setup], Any]] = {
    "telefonie": _PatientTelefonie,
    "voipbin": _PatientVoipbin,
}
REPEATING: dict[str, Callable[[Build, Program, Setup], Any]] = {
    "telefonie": _RepeatingTelefonie,
    "voipbin": _RepeatingVoipbin,
}
