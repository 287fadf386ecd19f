"""The short way of a webhook: a plain request is read by a parser, and answered without a server of aiohttp's.

A connection begins here. As long as all that comes on it are plain webhooks (`POST /CARRIER/…`, HTTP/1.1, a body of
known length), each is read when its last byte comes, taken in by the engine and answered at the end of the same round
of the event loop. With the first bytes that are anything else (another path or method, chunks, an upgrade, two requests
at once, no HTTP at all) the connection is given to aiohttp's server, with these bytes, and stays there: so it alone
decides about everything that could be read in two ways.

aiohttp's server has two tasks for a request, which go on in three rounds of the event loop: what a turn needs has left
the processor's caches by then, and a turn that takes 88 µs here takes 215 there.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from math import inf
from typing import cast
from urllib.parse import unquote

from flowengine.carriers.contract import Carrier, Message, Reply
from flowengine.runtime.eager import Begun, begin
from flowengine.runtime.engine import Engine
from flowengine.server.connections import Connections, url_of
from flowengine.server.reading import MOST_BYTES, NotPlainError, Reader, Readers, Request
from flowengine.server.requests import LONGEST_BODY, BadRequestError, message

_LOOK_SECONDS = 0.5
_FLUSH_SECONDS = 5.0
"""How long a client may take for the rest of its last answer."""

_AT_ONCE = 64
"""Turns that are taken together: the first one should not wait for the last of a thousand."""

_LAST_SECONDS = 10.0
"""How long turns under way may take when the server ends."""


class Lanes:
    """What listens. `webhooks` are the carriers by the first part of their path, `elsewhere` paths below them that
    are aiohttp's; `connections` counts those that are open, and gives a protocol of aiohttp's for one."""

    def __init__(
        self,
        engine: Engine,
        webhooks: Mapping[str, Carrier],
        elsewhere: frozenset[str],
        connections: Connections,
        readers: Readers,
    ) -> None:
        """Made while the event loop runs; `readers` is how requests are read."""
        self.engine = engine
        self.webhooks = {f"/{part}/": (f"/{part}/", carrier) for part, carrier in webhooks.items()}
        self.elsewhere = elsewhere
        self.connections = connections
        self.loop = asyncio.get_running_loop()
        self.reader = readers(self.loop)
        self.lanes: set[_Lane] = set()
        self.turns: set[asyncio.Future[None]] = set()
        self._ready: list[_Lane] = []
        self._answers: list[tuple[asyncio.Transport, Reply, bool]] = []
        self._awake = False
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def listen(self, host: str, port: int, listener: socket.socket | None) -> str:
        """Listen on an address, or on a socket that listens; gives its URL, without a slash at its end.

        Raises:
            OSError: the address cannot be used.
        """
        self._server = await self.connections.listen(lambda: cast(asyncio.Protocol, _Lane(self)), host, port, listener)
        self._look()
        return url_of(self._server)

    async def stop_listening(self) -> None:
        """Take no more connections; those that are there go on."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Answer what is under way, and close the connections that are not aiohttp's."""
        await self.stop_listening()
        if self._timer is not None:
            self._timer.cancel()
        self.flush()
        for lane in list(self.lanes):
            lane.end()
        if self.turns:
            await asyncio.wait(self.turns, timeout=_LAST_SECONDS)
        self.flush()
        for lane in list(self.lanes):
            lane.close()

    def take(self, lane: _Lane) -> None:
        """Let a lane go on with its turn at the end of this round of the event loop, with those that came in it.

        So the same work is done for all of them before the next, and finds what it needs in the processor's caches:
        reading 64 requests, then taking the 64 turns, then sending the answers takes 64 µs a turn, each on its own 90.
        """
        self._ready.append(lane)
        if len(self._ready) >= _AT_ONCE:
            self.flush()
        else:
            self._wake()

    def send(self, transport: asyncio.Transport, reply: Reply, last: bool) -> None:
        """Send an answer at the end of this round of the event loop; with `last`, the connection is closed then."""
        self._answers.append((transport, reply, last))
        self._wake()

    def _wake(self) -> None:
        if not self._awake:
            self._awake = True
            self.loop.call_soon(self.flush)

    def flush(self) -> None:
        """Take the turns and send the answers of this round now."""
        self._awake = True
        try:
            ready, self._ready = self._ready, []
            for waiting in begin([turn for lane in ready if (turn := lane.turn()) is not None]):
                self.turns.add(waiting)
                waiting.add_done_callback(self.turns.discard)
            answers, self._answers = self._answers, []
            # All are written down before the first wakes a process at its other end.
            for transport, response, last in [(to, _response(reply, last), last) for to, reply, last in answers]:
                if not transport.is_closing():
                    transport.write(response)
                if last:
                    transport.close()
        finally:
            self._awake = False
            if self._ready or self._answers:
                self._wake()

    def _look(self) -> None:
        """Close connections whose time is over: one timer for all."""
        now = self.loop.time()
        for lane in [lane for lane in self.lanes if lane.until < now]:
            lane.late()
        self._timer = self.loop.call_later(_LOOK_SECONDS, self._look)


class _Lane:
    """One connection: a protocol of asyncio's, though not by its base, since a class of Python's own below it would
    keep it from being compiled."""

    def __init__(self, front: Lanes) -> None:
        self.until = inf
        """When the time of what the client does now is over."""
        self._front = front
        self._loop = front.loop
        self._bounds = front.connections.bounds
        self._reader: Reader | None = None
        self._transport: asyncio.Transport | None = None
        self._counted = False
        self._held = False
        self._busy = False
        self._last = False
        self._early = b""
        self._sent = b""
        self._request: Request | None = None
        self._found: tuple[str, Carrier] | None = None
        self._message: Message | None = None

    # ------------------------------------------------------------------------------------------------- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counted = self._front.connections.enter(transport)
        if not self._counted:
            return
        self._transport = transport  # type: ignore[assignment]
        self._reader = self._front.reader()
        self.until = self._loop.time() + self._bounds.head
        self._front.lanes.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self._reader is not None:
            self._reader.close()
        self._transport = self._reader = None
        self._front.lanes.discard(self)
        if self._counted:
            self._counted = False
            self._front.connections.leave()

    def eof_received(self) -> bool:
        self._last = True
        self._front.flush()
        return self._busy  # who has said all may still listen for the answer

    def pause_writing(self) -> None:
        # Whoever does not take our answers need not be asked for more.
        self._held = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._held = False
        self._go_on()

    def end(self) -> None:
        """Close the connection, after the answer that is under way; a request that is not whole is refused."""
        self._last = True
        if self._busy:
            return
        if self._sent and self._transport is not None and not self._transport.is_closing():
            status = self._front.connections.too_slow
            self._front.engine.log.warning("webhook refused", path=self._path, reason="too slow")
            self._transport.write(_response(Reply("the request came too slowly\n", "text/plain", status), last=True))
        self.close()

    def close(self) -> None:
        """Close the connection, once the client has taken what was written."""
        if self._transport is not None:
            self.until = self._loop.time() + _FLUSH_SECONDS
            self._transport.close()

    def late(self) -> None:
        """The time is over."""
        if self._transport is not None and self._transport.is_closing():
            self._transport.abort()  # what was written is never read
        else:
            self.end()

    def _hand_over(self) -> None:
        """From here on the connection is aiohttp's."""
        transport, sent = self._transport, self._sent
        if transport is None:
            return
        protocol = self._front.connections.protocol()
        self.connection_lost(None)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(sent)

    # ------------------------------------------------------------------------------------------------------- a request

    def data_received(self, data: bytes) -> None:
        if self._busy or self._last:
            self._early += data
            if len(self._early) > MOST_BYTES and self._transport is not None:
                self._transport.pause_reading()
            return
        if self._reader is None:
            return
        if self._sent:
            self._sent += data
        else:
            self._sent, self.until = data, self._loop.time() + self._bounds.head
        try:
            request = self._reader.feed(data, self._sent)
        except NotPlainError:
            self._hand_over()
            return
        if len(self._sent) > MOST_BYTES or not (request is None or self._is_webhook(request)):
            self._hand_over()
        elif request is not None and request.whole:
            self._take_in(request)

    def _is_webhook(self, request: Request) -> bool:
        """Whether it is one, and no longer than it may be."""
        if self._request is None:
            self._request = request
            target = request.target
            self._found = self._front.webhooks.get(target[: target.find("/", 1) + 1])
            path = target.partition("?")[0]
            if unquote(path) in self._front.elsewhere if "%" in path else path in self._front.elsewhere:
                self._found = None
            if not request.whole:
                self.until = self._loop.time() + self._bounds.body
        return self._found is not None and len(request.body) <= LONGEST_BODY

    # ------------------------------------------------------------------------------------------------------- its answer

    def _take_in(self, request: Request) -> None:
        """Read what a whole request says; its turn comes when those of this round have been read."""
        self._busy, self.until = True, inf
        if self._found is None:
            return
        if request.last:
            self._last = True
        prefix, carrier = self._found
        engine = self._front.engine
        try:
            self._message = message("POST", request.target, request.headers, request.body, prefix, engine.clock())
        except BadRequestError as error:
            engine.log.warning("webhook refused", carrier=carrier.name, path=self._path, reason=error.reason)
            self._answer(Reply(error.reason + "\n", "text/plain", error.status))
        except Exception as error:
            self._failed(error)
        else:
            self._front.take(self)

    def turn(self) -> Begun[Reply] | None:
        """What lets the engine answer what was read."""
        received, self._message = self._message, None
        if self._found is None or received is None:
            return None
        return self._front.engine.handle(self._found[1], received), self._answer, self._failed

    def _failed(self, error: Exception) -> None:
        self._front.engine.log.crash("a fault in the server", error, path=self._path)
        self._last = True  # without an answer the connection would stay busy for ever
        self._answer(Reply("", "text/plain", HTTPStatus.INTERNAL_SERVER_ERROR))

    @property
    def _path(self) -> str:
        """For the log; what a query holds is nobody's business."""
        return self._request.target.partition("?")[0][:200] if self._request is not None else ""

    def _answer(self, reply: Reply) -> None:
        self._busy = False
        transport = self._transport
        if transport is None:
            return
        last = self._last or self._front.engine.draining
        self._front.send(transport, reply, last)
        self._sent, self._request = b"", None
        self._last = last
        self.until = self._loop.time() + (_FLUSH_SECONDS if last else self._bounds.idle)
        self._go_on()

    def _go_on(self) -> None:
        """Read on, first what came during the last turn; not while the client leaves its answers where they are."""
        transport = self._transport
        if transport is None or self._busy or self._last or self._held:
            return
        transport.resume_reading()
        if self._early:
            data, self._early = self._early, b""
            self.data_received(data)


_REASONS = {each.value: each.phrase for each in HTTPStatus}


def _response(reply: Reply, last: bool) -> bytes:
    """The answer as it is sent. Never raises: it is made with those of other calls."""
    body = reply.body.encode("utf-8", "replace")
    head = _head(reply.status, reply.content_type if body else "", int(time.time()))
    close = b"Connection: close\r\n" if last else b""
    if reply.status == HTTPStatus.NO_CONTENT:
        return b"%b%b\r\n" % (head, close)
    return b"%bContent-Length: %d\r\n%b\r\n%b" % (head, len(body), close, body)


@lru_cache(maxsize=64)
def _head(status: int, kind: str, at: int) -> bytes:
    """The lines that all answers of one second share."""
    reason = _REASONS.get(status, "")
    content = f"Content-Type: {kind}; charset=utf-8\r\n" if kind else ""
    return f"HTTP/1.1 {status} {reason}\r\n{content}Date: {formatdate(at, usegmt=True)}\r\n".encode()
