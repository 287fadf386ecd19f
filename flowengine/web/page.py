"""The page's routes: its files, and the socket behind it.

/              the page
/ui/PATH       its scripts and styles, as they were built
/ui/phone      the WebSocket of one tab
"""

from __future__ import annotations

import asyncio
from importlib.resources import files

from aiohttp import web

from flowengine.compiler.build import Build
from flowengine.sandbox import Sandbox
from flowengine.server.serving import Server
from flowengine.web.audio import prepare
from flowengine.web.guard import HEADERS, Guard
from flowengine.web.switchboard import Switchboard
from flowengine.web.tab import Tab

_LONGEST_MESSAGE = 16 * 1024
_HEARTBEAT = 20.0

_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def built_files() -> dict[str, bytes]:
    """The files of the page by name, `index.html` among them."""
    found: dict[str, bytes] = {}
    folders = [("", files("flowengine.web") / "page")]
    while folders:
        prefix, folder = folders.pop()
        for item in folder.iterdir():
            if item.is_dir():
                folders.append((f"{prefix}{item.name}/", item))
            else:
                found[prefix + item.name] = item.read_bytes()
    return found


class Page:
    """The web phone as a part of a web application: mounted first, and connected once the server runs."""

    def __init__(self, guard: Guard, *, phone: bool = True) -> None:
        """Without a `phone`, the page has only the console."""
        self._guard = guard
        self._has_phone = phone
        self._files = built_files()
        self._switchboard: Switchboard | None = None
        self._tabs: set[Tab] = set()

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self._guard(self._index))
        if self._has_phone:
            app.router.add_get("/ui/phone", self._guard(self._phone))
        app.router.add_get("/ui/{path:.+}", self._guard(self._file))
        app.on_shutdown.append(self._close)

    def connect(self, sandbox: Sandbox, server: Server) -> None:
        """Let its tabs be phones of this network, which call this server."""
        self._switchboard = Switchboard(sandbox, server)
        # So that the first call need not wait for it.
        asyncio.get_running_loop().run_in_executor(None, prepare)

    def rebuilt(self, build: Build) -> None:
        """The project was saved, and built."""
        if self._switchboard is not None:
            self._switchboard.rebuilt(build)

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        page = self._files["index.html"]
        if not self._has_phone:
            page = page.replace(b"<html ", b'<html data-without="phone" ', 1)
        return _answer("index.html", page, "no-cache")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"]
        if name not in self._files:
            raise web.HTTPNotFound(headers=HEADERS)
        # Their names change with their content.
        return _answer(name, self._files[name], "public, max-age=31536000, immutable")

    async def _phone(self, request: web.Request) -> web.StreamResponse:
        if not self._guard.is_ours(request):
            raise web.HTTPForbidden(text="This is for our own page only.\n", headers=HEADERS)
        if self._switchboard is None:
            raise web.HTTPServiceUnavailable(headers=HEADERS)
        socket = web.WebSocketResponse(max_msg_size=_LONGEST_MESSAGE, heartbeat=_HEARTBEAT)
        await socket.prepare(request)
        tab = Tab(socket, self._switchboard, _address(request))
        self._tabs.add(tab)
        try:
            await tab.run()
        finally:
            self._tabs.discard(tab)
        return socket

    async def _close(self, _app: web.Application) -> None:
        for tab in list(self._tabs):
            await tab.close()


def _address(request: web.Request) -> str:
    """The address of ours at which a request has arrived."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return str(name[0]) if name else "127.0.0.1"


def _answer(name: str, body: bytes, caching: str) -> web.Response:
    kind = _TYPES.get(name[name.rfind(".") :], "application/octet-stream")
    headers = {**HEADERS, "Cache-Control": caching}
    charset = "utf-8" if kind.startswith("text/") else None
    return web.Response(body=body, content_type=kind, charset=charset, headers=headers)
