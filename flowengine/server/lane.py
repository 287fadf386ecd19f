"""The short way of a webhook: a carrier's plain request is read and answered without aiohttp.

A connection begins here. As long as all that comes on it are plain webhooks, each is read, taken in by the engine and
answered in the call that brought its last byte. With the first bytes that are anything else (another path or method,
chunks, an upgrade, two requests at once, no HTTP at all) the connection is given to aiohttp, with these bytes, and
stays there: so aiohttp alone decides about everything that could be read in two ways.

Per request, beside what the engine does, this takes 8 µs, aiohttp's application 34, its low-level server 27.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from flowengine.carriers.contract import Carrier, Reply
from flowengine.runtime.eager import begin
from flowengine.runtime.engine import Engine
from flowengine.server import plain
from flowengine.server.requests import LONGEST_BODY, BadRequestError, message

_MOST_WAITING = LONGEST_BODY + 16 * 1024
"""That may wait behind a turn that is under way."""

_PARTLY_SECONDS = 5.0
"""A request of which only a part has come is aiohttp's after this time."""

_IDLE_SECONDS = 75.0
_LOOK_SECONDS = 5.0
_LAST_SECONDS = 10.0
"""How long turns under way may take when the server ends."""


class Front:
    """Listens for carriers. `webhooks` are the carriers by the first part of their path, `elsewhere` paths below them
    that are aiohttp's; `aiohttp` gives a protocol of aiohttp's for a connection."""

    def __init__(
        self,
        engine: Engine,
        webhooks: Mapping[str, Carrier],
        elsewhere: frozenset[str],
        aiohttp: Callable[[], asyncio.Protocol],
    ) -> None:
        self.engine = engine
        self.webhooks = {f"/{part}/": carrier for part, carrier in webhooks.items()}
        self.elsewhere = elsewhere
        self.aiohttp = aiohttp
        self.lanes: set[_Lane] = set()
        self.turns: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def listen(self, host: str, port: int, listener: socket.socket | None, backlog: int) -> str:
        """Listen on an address, or on a socket that listens; gives its URL.

        Raises:
            OSError: the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        if listener is not None:
            self._server = await loop.create_server(lambda: _Lane(self), sock=listener, backlog=backlog)
        else:
            self._server = await loop.create_server(lambda: _Lane(self), host, port, backlog=backlog)
        self._look()
        host, port, *_ = self._server.sockets[0].getsockname()
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def stop_listening(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Answer what is under way, and close the connections that are not aiohttp's."""
        self.stop_listening()
        if self._timer is not None:
            self._timer.cancel()
        for lane in list(self.lanes):
            lane.end()
        if self.turns:
            await asyncio.wait(self.turns, timeout=_LAST_SECONDS)
        for lane in list(self.lanes):
            lane.close()

    def _look(self) -> None:
        """Close connections on which nothing has come for long: one timer for all."""
        loop = asyncio.get_running_loop()
        before = loop.time() - _IDLE_SECONDS
        for lane in [lane for lane in self.lanes if lane.since < before]:
            lane.end()
        self._timer = loop.call_later(_LOOK_SECONDS, self._look)


class _Lane(asyncio.Protocol):
    """One connection."""

    def __init__(self, front: Front) -> None:
        self.since = 0.0
        self._front = front
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sent = b""
        self._busy = False
        self._last = False

    # ------------------------------------------------------------------------------------------------- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.since = self._loop.time()
        self._front.lanes.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._stop_waiting()
        self._front.lanes.discard(self)

    def eof_received(self) -> bool:
        self._last = True
        return self._busy  # who has said all may still listen for the answer

    def pause_writing(self) -> None:
        # Whoever does not take our answers need not be asked for more.
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def end(self) -> None:
        """Close the connection, after the answer that is under way."""
        self._last = True
        if not self._busy:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def _hand_over(self) -> None:
        """From here on the connection is aiohttp's."""
        transport, sent = self._transport, self._sent
        if transport is None:
            return
        self.connection_lost(None)
        protocol = self._front.aiohttp()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(sent)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # ------------------------------------------------------------------------------------------------------- a request

    def data_received(self, data: bytes) -> None:
        sent = self._sent = self._sent + data if self._sent else data
        if self._busy:
            if len(sent) > _MOST_WAITING and self._transport is not None:
                self._transport.pause_reading()
            return
        head = plain.read(sent)
        if head is None:
            if plain.may_become(sent):
                self._wait()
            else:
                self._hand_over()
            return
        target, front = head.target, self._front
        carrier = front.webhooks.get(target[: target.find("/", 1) + 1])
        missing = head.end - len(sent)
        if (
            carrier is None
            or missing < 0  # more than one request
            or head.end - head.body > LONGEST_BODY
            or target.partition("?")[0] in front.elsewhere
        ):
            self._hand_over()
        elif missing:
            self._wait()
        else:
            self._take_in(carrier, target, head.headers, sent[head.body :])

    def _wait(self) -> None:
        """For the rest of a request."""
        if self._timer is None:
            self._timer = self._loop.call_later(_PARTLY_SECONDS, self._hand_over)

    # ------------------------------------------------------------------------------------------------------ its answer

    def _take_in(self, carrier: Carrier, target: str, headers: dict[str, str], body: bytes) -> None:
        self._stop_waiting()
        self._busy, self._sent = True, b""
        engine = self._front.engine
        try:
            received = message("POST", target, headers, body, f"/{carrier.name}/", engine.clock())
        except BadRequestError as error:
            engine.log.warning("webhook refused", carrier=carrier.name, path=target[:200], reason=error.reason)
            self._answer(Reply(error.reason + "\n", "text/plain", error.status))
            return
        task = begin(engine.handle(carrier, received), self._answer)
        if task is not None:
            self._front.turns.add(task)
            task.add_done_callback(self._front.turns.discard)

    def _answer(self, reply: Reply) -> None:
        self._busy = False
        transport = self._transport
        if transport is None:
            return
        last = self._last or self._front.engine.draining
        transport.write(_response(reply, last))
        if last:
            transport.close()
            return
        self.since = self._loop.time()
        if self._sent:
            transport.resume_reading()
            self.data_received(b"")


def _response(reply: Reply, last: bool) -> bytes:
    body = reply.body.encode("utf-8", "replace")
    head = _head(reply.status, reply.content_type if body else "", int(time.time()))
    close = "Connection: close\r\n" if last else ""
    if reply.status == HTTPStatus.NO_CONTENT:
        return f"{head}{close}\r\n".encode()
    return f"{head}Content-Length: {len(body)}\r\n{close}\r\n".encode() + body


@lru_cache(maxsize=64)
def _head(status: int, kind: str, at: int) -> str:
    """The lines that all answers of one second share."""
    reason = HTTPStatus(status).phrase
    content = f"Content-Type: {kind}; charset=utf-8\r\n" if kind else ""
    return f"HTTP/1.1 {status} {reason}\r\n{content}Date: {formatdate(at, usegmt=True)}\r\n"
