"""How many connections a server takes, and how long it waits on each for a request.

aiohttp ends a connection on which nothing is under way after its `keepalive_timeout`; it has no time for the head of a
request, and no bound on how many connections there are. Whoever opens connections and says nothing, or a byte now and
then, or never reads an answer, would sooner or later leave no file descriptor for anybody else.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from flowengine.runtime.engine import Engine
from flowengine.server.http_log import http_log

_BACKLOG = 1024
_MOST = 10_000
_SHARE = 0.75
"""Of the file descriptors of a process; the others are for the store, for what flows fetch, and for files."""

_BETWEEN_WARNINGS = 60.0


def room() -> int:
    """How many connections a process may have, by the file descriptors that it may open."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if limit == resource.RLIM_INFINITY else max(1, min(_MOST, int(limit * _SHARE)))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a client may take of a server.

    Attributes:
        head: Seconds for the head of a request, from its first byte, or from the opening of the connection.
        body: Seconds more for the body of a webhook.
        stalled: Seconds in which it takes nothing of what it is sent, where the system can tell (Linux).
        idle: Seconds after an answer in which nothing comes. Longer than nginx keeps a connection (60 s): whoever sends
            a request into one that is just being closed cannot know whether it was taken.
        most: Connections at once; one more is closed unread.
    """

    head: float = 10.0
    body: float = 5.0
    stalled: float = 60.0
    idle: float = 75.0
    most: int = field(default_factory=room)


class Connections:
    """The connections of a server, counted; gives aiohttp's protocol for one."""

    def __init__(self, engine: Engine, server: Callable[[], web.Server | None], bounds: Bounds) -> None:
        """`server` is aiohttp's, None once it has ended."""
        self.bounds = bounds
        self._engine = engine
        self._server = server
        self._log = http_log()
        self._open = 0
        self._warned = float("-inf")

    async def listen(
        self, protocol: Callable[[], asyncio.Protocol], host: str, port: int, listener: socket.socket | None
    ) -> asyncio.Server:
        """Listen on an address, or on a socket that listens.

        Raises:
            OSError: the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        if listener is not None:
            server = await loop.create_server(protocol, sock=listener, backlog=_BACKLOG)
        else:
            server = await loop.create_server(protocol, host, port, backlog=_BACKLOG)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # connections have it from the socket that they come in by
            for each in server.sockets:
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(self.bounds.stalled * 1000))
        return server

    def protocol(self) -> asyncio.Protocol:
        """What reads and answers a connection the way of aiohttp."""
        server = self._server()
        if server is None:
            raise RuntimeError("the server has ended")
        return _Connection(self, server, self._log)

    def enter(self, transport: asyncio.BaseTransport) -> bool:
        """Count a connection; False when it is one too many, and was ended."""
        if self._open < self.bounds.most:
            self._open += 1
            return True
        now = asyncio.get_running_loop().time()
        if now > self._warned + _BETWEEN_WARNINGS:
            self._warned = now
            self._engine.log.warning("connections are refused: too many are open", open=self._open)
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
        return False

    def leave(self) -> None:
        """One that was counted has ended."""
        self._open -= 1

    @property
    def too_slow(self) -> HTTPStatus:
        """The answer to a request whose rest has not come. A client sends a 503 again, to a server that stays."""
        return HTTPStatus.SERVICE_UNAVAILABLE if self._engine.draining else HTTPStatus.REQUEST_TIMEOUT


def url_of(server: asyncio.Server) -> str:
    """The URL that a server listens on."""
    host, port, *_ = server.sockets[0].getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Connection(web.RequestHandler):
    """aiohttp's protocol, with a time for the head of each request."""

    __slots__ = ("_begun", "_connections", "_counted", "_timer")

    def __init__(self, connections: Connections, server: web.Server, log: logging.Logger) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=connections.bounds.idle,
            lingering_time=connections.bounds.body,
            logger=log,
            access_log=None,  # type: ignore[arg-type]  # what aiohttp itself takes for "none"
        )
        self._connections = connections
        self._counted = False
        self._begun = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counted = self._connections.enter(transport)
        if self._counted:
            super().connection_made(transport)
            self._wait()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_waiting()
        if self._counted:
            self._counted = False
            self._connections.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self._request_count
        super().data_received(data)
        if self._request_count != before:
            self._stop_waiting()
        elif data and (self._timer is not None or (self._waiter is not None and not self._waiter.done())):
            # Between requests, and these bytes did not make one whole: neither a body nor a WebSocket.
            self._begun = True
            if self._timer is None:
                self._wait()

    def _wait(self) -> None:
        self._timer = self._loop.call_later(self._connections.bounds.head, self._too_late)

    def _stop_waiting(self) -> None:
        self._begun = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        if self._begun and self.transport is not None:
            status = self._connections.too_slow
            head = f"HTTP/1.1 {status} {status.phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            self.transport.write(head.encode())
        self.force_close()
