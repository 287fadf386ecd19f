"""The console's routes, all below /ui/console:

/socket                  the WebSocket: live calls, findings, and turns of the call that is looked at
/calls                   past calls, by page: ?q= flow= state= from= to= cursor= (times in Unix seconds)
/calls/ID                one call, whole
/calls/ID/now            how it would end in the flow as it is now
/calls/ID/script         POST {"name": …}: keep it as a call script
/compare                 the same for all calls of a period: ?from= to= flow=
/flows                   the flows of the project, with their numbers
/flows/NAME              a flow as it was saved last: source and picture
/flows/NAME/statistics   what calls did in it: ?from= to=
/pictures/NAME           the picture of a flow in a version: ?version=
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import WSCloseCode, web

from flowengine.compiler.build import Build
from flowengine.runtime.engine import Engine
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import Query, Store, StoreError
from flowengine.web.console.archive import Archive
from flowengine.web.console.calls import Calls
from flowengine.web.console.exchanges import Exchanges
from flowengine.web.console.hidden import Hidden
from flowengine.web.console.live import LiveCalls
from flowengine.web.console.pictures import flow_view, picture
from flowengine.web.console.saving import BadNameError
from flowengine.web.console.socket import Screen
from flowengine.web.console.versions import Versions
from flowengine.web.console.views import FlowRow
from flowengine.web.guard import HEADERS, Guard
from flowengine.web.project import describe

_PREFIX = "/ui/console"
_encoder = msgspec.json.Encoder()
_Handler = Callable[[web.Request], Awaitable[Any]]


class _SaveAs(msgspec.Struct):
    name: str


class Console:
    """The console as a part of a web application: mounted first, and connected once the server runs."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._live = LiveCalls()
        self._hidden = Hidden()
        self._exchanges = Exchanges(self._hidden)
        self._screens: set[Screen] = set()
        self._projects: Projects | None = None
        self._last: Build | None = None
        self._calls: Calls | None = None
        self._archive: Archive | None = None
        self._versions: Versions | None = None

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        routes: dict[str, _Handler] = {
            "/calls": self._list,
            "/calls/{call}": self._call,
            "/calls/{call}/now": self._now,
            "/compare": self._compare,
            "/flows": self._flows,
            "/flows/{flow}": self._flow,
            "/flows/{flow}/statistics": self._statistics,
            "/pictures/{flow}": self._picture,
        }
        for path, handler in routes.items():
            app.router.add_get(_PREFIX + path, self._guard(self._json(handler)))
        app.router.add_post(f"{_PREFIX}/calls/{{call}}/script", self._guard(self._json(self._script)))
        app.router.add_get(f"{_PREFIX}/socket", self._guard(self._socket))
        app.on_shutdown.append(self._close)

    def connect(self, projects: Projects, build: Build, store: Store, engine: Engine | None = None) -> None:
        """Show the calls of this store; of an engine in this process, those that go on as well. `build` is the project
        as it was saved last."""
        self._projects, self._last = projects, build
        self._archive = Archive(store)
        self._versions = Versions(projects, store)
        self._calls = Calls(self._archive, self._versions, self._exchanges)
        if engine is not None:
            engine.overhear(self._exchanges.overhear)
            engine.observe(self._live.turned)
            engine.observe(self._hidden.turned)
            engine.observe(lambda record, _event, _turn: self._turned(record.id))

    def rebuilt(self, build: Build) -> None:
        """The project was saved, and built."""
        self._last = build
        if self._projects is None:
            return
        news = describe(self._projects, build)
        for screen in self._screens:
            screen.tell(news)

    def _turned(self, call: str) -> None:
        for screen in self._screens:
            screen.turned(call)

    # ------------------------------------------------------------------------------------------------------ the routes

    def _json(self, handler: _Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler whose result is sent as JSON, and whose failures are sentences."""

        async def answer(request: web.Request) -> web.StreamResponse:
            if not self._guard.is_ours(request) or request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
                return _problem(403, "This is for our own page only.")
            if self._calls is None:
                return _problem(503, "The server is not ready yet.")
            try:
                result = await handler(request)
            except LookupError as error:
                return _problem(404, str(error.args[0] if error.args else error))
            except BadNameError as error:
                return _problem(409, str(error))
            except ValueError as error:
                return _problem(400, str(error))
            except (StoreError, TimeoutError) as error:
                return _problem(503, f"The store cannot be asked: {error}")
            except OSError as error:
                return _problem(500, f"It cannot be written: {error.strerror or error}")
            return _answer(200, _encoder.encode(result))

        return answer

    async def _flows(self, _request: web.Request) -> Any:
        build = _need(self._last)
        if not build.flows:
            build = _need(self._versions).present or build
        numbers: dict[str, list[str]] = {}
        for number, target in build.config.numbers.items():
            numbers.setdefault(target.flow, []).append(number)
        return [FlowRow(name, tree.name.span.file, numbers.get(name, [])) for name, tree in sorted(build.flows.items())]

    async def _list(self, request: web.Request) -> Any:
        return await _need(self._archive).page(_query(request), request.query.get("cursor", ""))

    async def _call(self, request: web.Request) -> Any:
        return await _need(self._calls).view(request.match_info["call"])

    async def _now(self, request: web.Request) -> Any:
        return await _need(self._calls).compare(request.match_info["call"])

    async def _compare(self, request: web.Request) -> Any:
        return await _need(self._calls).compare_all(_query(request))

    async def _script(self, request: web.Request) -> Any:
        try:
            wanted = msgspec.json.decode(await request.read(), type=_SaveAs)
        except msgspec.DecodeError:
            raise ValueError("The body is not {name: …}.") from None
        return await _need(self._calls).save(request.match_info["call"], wanted.name)

    async def _flow(self, request: web.Request) -> Any:
        found = flow_view(_need(self._last), request.match_info["flow"])
        if found is None:
            # One that cannot be read at the moment: what calls run on is shown instead.
            present = _need(self._versions).present
            found = None if present is None else flow_view(present, request.match_info["flow"])
        if found is None:
            raise LookupError("There is no such flow.")
        return found

    async def _statistics(self, request: web.Request) -> Any:
        query = _query(request)
        return await _need(self._calls).count(query, request.match_info["flow"])

    async def _picture(self, request: web.Request) -> Any:
        build = await _need(self._versions).get(request.query.get("version", ""))
        found = None if build is None else await asyncio.to_thread(picture, build, request.match_info["flow"])
        if found is None:
            raise LookupError("There is no such flow in this version.")
        return found

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not self._guard.is_ours(request):
            raise web.HTTPForbidden(text="This is for our own page only.\n", headers=HEADERS)
        if self._projects is None or self._last is None:
            raise web.HTTPServiceUnavailable(headers=HEADERS)
        socket = web.WebSocketResponse(max_msg_size=4096, heartbeat=20.0)
        await socket.prepare(request)
        screen = Screen(socket, self._live)
        screen.tell(describe(self._projects, self._last))
        self._screens.add(screen)
        try:
            await screen.run()
        finally:
            self._screens.discard(screen)
        return socket

    async def _close(self, _app: web.Application) -> None:
        for screen in list(self._screens):
            await screen.close(WSCloseCode.GOING_AWAY)


_OWN_SITES = ("none", "same-origin")
"""What browsers say of requests that a person or our own page has made; programs say nothing."""


def _query(request: web.Request) -> Query:
    """Which calls are asked for. Raises ValueError."""
    given = request.query

    def moment(name: str) -> float | None:
        text = given.get(name, "")
        return float(text) if text else None

    number = given.get("q", "")[:200]
    return Query(
        since=moment("from"),
        until=moment("to"),
        flow=given.get("flow") or None,
        number=f"{number.removesuffix('*')}*" if number else None,
        ending=given.get("state") or None,
    )


def _need(part: Any) -> Any:
    if part is None:
        raise LookupError("There is nothing to show yet.")
    return part


def _answer(status: int, body: bytes) -> web.Response:
    headers = {**HEADERS, "Cache-Control": "no-store"}
    response = web.Response(body=body, status=status, content_type="application/json", headers=headers)
    if len(body) > _WORTH_PACKING:
        response.enable_compression()
    return response


_WORTH_PACKING = 16 * 1024


def _problem(status: int, text: str) -> web.Response:
    return _answer(status, _encoder.encode({"problem": text}))
