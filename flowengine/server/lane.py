"""The short way of a webhook, `serve --front quick`: a plain request is read by httptools, answered without aiohttp.

A connection begins here. As long as all that comes on it are plain webhooks (`POST /CARRIER/…`, HTTP/1.1, a body of
known length), each is read, taken in by the engine and answered in the call that brought its last byte. With the first
bytes that are anything else (another path or method, chunks, an upgrade, two requests at once, no HTTP at all) the
connection is given to aiohttp, with these bytes, and stays there: so aiohttp alone decides about everything that could
be read in two ways.

Per request, beside what the engine does, this takes 9 µs, aiohttp's application 34, its low-level server 27.
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

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from flowengine.carriers.contract import Carrier, Reply
from flowengine.runtime.eager import begin
from flowengine.runtime.engine import Engine
from flowengine.server.connections import Connections
from flowengine.server.fronts import url_of
from flowengine.server.requests import LONGEST_BODY, BadRequestError, message

_MOST_BYTES = LONGEST_BODY + 16 * 1024
"""Of a request with its head; aiohttp is given what is longer, and refuses it."""

_LOOK_SECONDS = 0.5
_FLUSH_SECONDS = 5.0
"""How long a client may take for the rest of its last answer."""

_LAST_SECONDS = 10.0
"""How long turns under way may take when the server ends."""

_NOT_PLAIN = frozenset({"transfer-encoding", "content-encoding", "expect", "upgrade"})


class Lanes:
    """A `fronts.Front`. `webhooks` are the carriers by the first part of their path, `elsewhere` paths below them that
    are aiohttp's; `connections` counts those that are open, and gives a protocol of aiohttp's for one."""

    def __init__(
        self, engine: Engine, webhooks: Mapping[str, Carrier], elsewhere: frozenset[str], connections: Connections
    ) -> None:
        self.engine = engine
        self.webhooks = {f"/{part}/".encode(): (f"/{part}/", carrier) for part, carrier in webhooks.items()}
        self.elsewhere = frozenset(path.encode() for path in elsewhere)
        self.connections = connections
        self.lanes: set[_Lane] = set()
        self.turns: set[asyncio.Task[None]] = set()
        self._answers: list[tuple[asyncio.Transport, bytes, bool]] = []
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def listen(self, host: str, port: int, listener: socket.socket | None) -> str:
        self._server = await self.connections.listen(lambda: _Lane(self), host, port, listener)
        self._look()
        return url_of(self._server.sockets[0].getsockname())

    async def stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
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

    def send(self, transport: asyncio.Transport, answer: bytes, last: bool) -> None:
        """Send an answer at the end of this round of the event loop; with `last`, the connection is closed then.

        Each answer wakes a process at the other end. Sent one by one they throw the turns of a round out of the
        processor's caches, one after the other: a turn then takes a third more.
        """
        self._answers.append((transport, answer, last))
        if len(self._answers) == 1:
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Send the answers of this round now."""
        answers, self._answers = self._answers, []
        for transport, answer, last in answers:
            if not transport.is_closing():
                transport.write(answer)
            if last:
                transport.close()

    def _look(self) -> None:
        """Close connections whose time is over: one timer for all."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for lane in [lane for lane in self.lanes if lane.until < now]:
            lane.late()
        self._timer = loop.call_later(_LOOK_SECONDS, self._look)


class _Lane(asyncio.Protocol):
    """One connection. Methods that begin with `on_` are called by the parser."""

    def __init__(self, front: Lanes) -> None:
        self.until = inf
        """When the time of what the client does now is over."""
        self._front = front
        self._loop = asyncio.get_running_loop()
        self._parser: HttpRequestParser | None = None
        self._transport: asyncio.Transport | None = None
        self._counted = False
        self._held = False
        self._busy = False
        self._last = False
        self._early = b""
        self._clear()

    def _clear(self) -> None:
        """Before a request."""
        self._sent = b""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body = b""
        self._found: tuple[str, Carrier] | None = None
        self._whole = False
        self._is_in_body = False
        self._foreign = False

    # ------------------------------------------------------------------------------------------------- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counted = self._front.connections.enter(transport)
        if not self._counted:
            return
        self._transport = transport  # type: ignore[assignment]
        self._parser = HttpRequestParser(self)
        self.until = self._loop.time() + self._front.connections.bounds.head
        self._front.lanes.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = self._parser = None
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
            if len(self._early) > _MOST_BYTES and self._transport is not None:
                self._transport.pause_reading()
            return
        if self._sent:
            self._sent += data
        else:
            self._sent, self.until = data, self._loop.time() + self._front.connections.bounds.head
        try:
            if self._parser is not None:
                self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._foreign = True
        if self._foreign or len(self._sent) > _MOST_BYTES:
            self._hand_over()
        elif self._whole and self._found is not None:
            self._take_in(*self._found)
        elif self._found is not None and not self._is_in_body:
            self._is_in_body = True
            self.until = self._loop.time() + self._front.connections.bounds.body

    def on_message_begin(self) -> None:
        if self._whole:
            self._foreign = True  # two at once

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        known = _name(name)
        self._foreign |= known in self._headers  # which of them counts is for aiohttp to say
        self._headers[known] = value.decode("utf-8", "surrogateescape")

    def on_headers_complete(self) -> None:
        target, parser = self._target, self._parser
        self._found = self._front.webhooks.get(target[: target.find(b"/", 1) + 1])
        self._foreign |= (
            self._found is None
            or parser is None
            or parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or not _NOT_PLAIN.isdisjoint(self._headers)
            or target.partition(b"?")[0] in self._front.elsewhere
        )

    def on_body(self, part: bytes) -> None:
        self._body += part
        self._foreign |= len(self._body) > LONGEST_BODY

    def on_message_complete(self) -> None:
        self._whole = True
        if self._parser is not None and not self._parser.should_keep_alive():
            self._last = True

    # ------------------------------------------------------------------------------------------------------- its answer

    def _take_in(self, prefix: str, carrier: Carrier) -> None:
        self._busy, self.until = True, inf
        engine, target = self._front.engine, self._target.decode("utf-8", "surrogateescape")
        try:
            received = message("POST", target, self._headers, self._body, prefix, engine.clock())
            task = begin(engine.handle(carrier, received), self._answer)
        except BadRequestError as error:
            engine.log.warning("webhook refused", carrier=carrier.name, path=self._path, reason=error.reason)
            self._answer(Reply(error.reason + "\n", "text/plain", error.status))
        except Exception as error:
            self._failed(error)
        else:
            if task is not None:
                self._front.turns.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._front.turns.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self._front.engine.log.crash("a fault in the server", error, path=self._path)
        self._last = True  # without an answer the connection would stay busy for ever
        self._answer(Reply("", "text/plain", HTTPStatus.INTERNAL_SERVER_ERROR))

    @property
    def _path(self) -> str:
        """For the log; what a query holds is nobody's business."""
        return self._target.partition(b"?")[0].decode("utf-8", "replace")[:200]

    def _answer(self, reply: Reply) -> None:
        self._busy = False
        transport = self._transport
        if transport is None:
            return
        last = self._last or self._front.engine.draining
        self._front.send(transport, _response(reply, last), last)
        self._clear()
        self._last = last
        self.until = self._loop.time() + (_FLUSH_SECONDS if last else self._front.connections.bounds.idle)
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


@lru_cache(maxsize=256)
def _name(name: bytes) -> str:
    return name.decode("latin-1").lower()


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
