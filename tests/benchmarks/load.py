"""Whole calls walked over keep-alive connections: the load of the turn benchmarks, in a process of its own.

It speaks HTTP/1.1 in a protocol of its own, because a full client would cost more than the servers it measures. Run as
`python -m tests.benchmarks.load PORT PATH SECONDS [--rate N] [--secret S]` it prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from collections import deque
from urllib.parse import urlencode

import uvloop

FIELDS = {
    "account_id": "AC0123456789abcdef0123456789abcdef",
    "api_version": "v1",
    "direction": "inbound",
    "status": "in-progress",
    "from": "+15557650001",
    "to": "+15551230000",
    "caller": "+15557650001",
    "called": "+15551230000",
    **{
        f"{side}_{what}": ""
        for side in ("from", "to", "caller", "called")
        for what in ("city", "state", "zip", "country")
    },
    "forwarded_from": "",
    "caller_name": "",
    "stir": "",
}
"""What a carrier sends with every request, beside the call and what the caller did: 28 fields in all."""

STEPS = ({"digits": "2"}, {"digits": "123456"}, {"digits": "1"}, {"recording_url": "http://r.example/1.wav"})
"""What the caller does, one turn after the other; the first turn of a call has none of it."""

_ALWAYS = urlencode(FIELDS)
_DONE = [urlencode(step) for step in STEPS]
_ACTION = re.compile(rb'<(?:Gather|Record)[^>]* action="([^"]+)"')
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_TICK = 0.001
"""Seconds between two looks at what is to be sent, where the rate is given."""


class Run:
    """What all connections share: where to, how fast, and what came of it."""

    def __init__(self, port: int, path: str, secret: str, rate: float, like_twilio: bool = False) -> None:
        self.port, self.path, self.secret, self.rate = port, path, secret.encode(), rate
        self.like_twilio = like_twilio
        self.running = True
        self.calls = 0
        self.times: list[float] = []
        self.wrong: list[str] = []
        self.ready: deque[Caller] = deque()

    async def pace(self) -> None:
        """Let so many requests a second go out, each on a connection that is free."""
        began, sent = time.perf_counter(), 0
        while self.running:
            await asyncio.sleep(_TICK)
            wanted = int((time.perf_counter() - began) * self.rate)
            while sent < wanted and self.ready:
                self.ready.popleft().send()
                sent += 1


class Caller(asyncio.Protocol):
    """One connection that makes call after call."""

    def __init__(self, run: Run, number: int) -> None:
        self.run, self.number = run, number
        self.transport: asyncio.Transport | None = None
        self.got = b""
        self.begin()

    def begin(self) -> None:
        """Take up the next call."""
        self.run.calls += 1
        self.call = f"CA{time.time_ns():016x}{self.number:04d}"
        self.turn, self.path = 0, self.run.path

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.next()

    def next(self) -> None:
        """Send now, or when it is this connection's turn."""
        if self.run.rate:
            self.run.ready.append(self)
        else:
            self.send()

    def send(self) -> None:
        """Send the next request of the call."""
        said = "&" + _DONE[self.turn - 1] if self.turn else ""
        body = f"call_id={self.call}&{_ALWAYS}{said}".encode()
        signature = self.signature(body)
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.run.port}\r\n"
            "User-Agent: carrier/1.0\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n{signature}Content-Length: {len(body)}\r\n\r\n"
        )
        self.began = time.perf_counter()
        if self.transport is not None:
            self.transport.write(head.encode() + body)

    def signature(self, body: bytes) -> str:
        """The header that proves the request: of the embedded carrier's scheme, or of Twilio's."""
        secret = self.run.secret
        if not secret:
            return ""
        if self.run.like_twilio:
            step = STEPS[self.turn - 1] if self.turn else {}
            fields = sorted({"call_id": self.call, **FIELDS, **step}.items())
            signed = f"http://127.0.0.1:{self.run.port}{self.path}" + "".join(
                f"{name}{value}" for name, value in fields
            )
            mac = base64.b64encode(hmac.digest(secret, signed.encode(), hashlib.sha1)).decode()
            return f"X-Twilio-Signature: {mac}\r\n"
        at = str(int(time.time()))
        mac = hmac.digest(secret, at.encode() + b"." + body, hashlib.sha256).hex()
        return f"X-Signature: t={at},v1={mac}\r\n"

    def data_received(self, data: bytes) -> None:
        self.got += data
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self.got, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self.got) < whole:
            return
        answer, self.got = self.got[:whole], b""
        run = self.run
        run.times.append(time.perf_counter() - self.began)
        if not answer.startswith(b"HTTP/1.1 20"):
            run.wrong.append(answer.partition(b"\r\n")[0].decode())
        if not run.running:
            return
        found = _ACTION.search(answer)
        if self.turn == len(STEPS) or found is None:
            if self.turn != len(STEPS):
                run.wrong.append(f"no action in turn {self.turn}")
            self.begin()
        else:
            action = found[1].decode().replace("&amp;", "&")
            self.path = action[action.index("/", 8) :] if action.startswith("http") else action
            self.turn += 1
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if self.run.running:
            self.run.wrong.append("the connection was closed")


async def load(run: Run, seconds: float, connections: int) -> None:
    """Load the server for so many seconds; the run's `rate` is requests a second, 0 for as many as it takes."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda n=n: Caller(run, n), "127.0.0.1", run.port) for n in range(connections)]  # type: ignore[misc]
    pacing = asyncio.create_task(run.pace()) if run.rate else None
    await asyncio.sleep(seconds)
    run.running = False
    if pacing is not None:
        await pacing
    await asyncio.sleep(0.05)
    for transport, _ in made:
        transport.close()


def main() -> None:
    """Load the server that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--secret", default="")
    parser.add_argument("--like-twilio", action="store_true", help="sign as Twilio does")
    given = parser.parse_args()
    run = Run(given.port, given.path, given.secret, given.rate, given.like_twilio)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(load(run, given.seconds, given.connections))
    times = sorted(run.times)
    quantile = {f"p{q}": times[int(len(times) * q / 100)] for q in (50, 99)}
    print(json.dumps({"turns": len(times), "calls": run.calls, "wrong": run.wrong[:10], **quantile, "max": times[-1]}))


if __name__ == "__main__":
    main()
