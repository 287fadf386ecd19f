"""Whole calls walked over keep-alive connections: the load of the turn benchmarks, in a process of its own.

It speaks HTTP/1.1 over plain asyncio streams, because a full client would cost more than the servers it measures.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from urllib.parse import urlencode

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

KEYS = {"menu": "2", "gather": "123456", "confirm": "1"}
_ACTION = re.compile(rb'<Gather[^>]* action="([^"]+)"|<Record[^>]* action="([^"]+)"')


class Walker:
    """One connection that makes call after call."""

    def __init__(self, host: str, port: int, name: str, path: str) -> None:
        self.host, self.port, self.name, self.path = host, port, name, path
        self.turns = self.calls = 0
        self.wrong: list[str] = []
        self.times: list[float] = []

    async def walk(self, until: float) -> None:
        """Make calls until the time (of `time.perf_counter`)."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            while time.perf_counter() < until:
                await self._call(reader, writer)
        finally:
            writer.close()

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        call = f"CA{self.name}{self.calls:08d}"
        path, more = self.path, {}
        for digits in ("2", "123456", "1", ""):
            body = await self._post(reader, writer, path, {"call_id": call, **FIELDS, **more})
            found = _ACTION.search(body)
            if found is None:
                return
            action = (found[1] or found[2]).decode().replace("&amp;", "&")
            path = action[action.index("/", 8) :] if action.startswith("http") else action
            more = (
                {"digits": digits} if digits else {"recording_url": "http://r.example/1.wav", "recording_duration": "5"}
            )
        await self._post(reader, writer, path, {"call_id": call, **FIELDS, **more})

    async def _post(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, fields: dict[str, str]
    ) -> bytes:
        body = urlencode(fields).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", answer)
        text = await reader.readexactly(int(length[1])) if length else b""
        self.times.append(time.perf_counter() - began)
        self.turns += 1
        if not answer.startswith(b"HTTP/1.1 20"):
            self.wrong.append(answer.partition(b"\r\n")[0].decode())
        return text


async def main(host: str, port: int, path: str, seconds: float, connections: int) -> None:
    """Load the server and print turns, calls, wrong answers and the times' quantiles, in milliseconds."""
    walkers = [Walker(host, port, f"{index:03d}", path) for index in range(connections)]
    until = time.perf_counter() + seconds
    await asyncio.gather(*(walker.walk(until) for walker in walkers))
    times = sorted(t for walker in walkers for t in walker.times)
    wrong = [answer for walker in walkers for answer in walker.wrong]
    print(
        sum(walker.turns for walker in walkers),
        sum(walker.calls for walker in walkers),
        len(wrong),
        *(round(times[int(len(times) * q)] * 1000, 3) for q in (0.5, 0.99)),
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), int(sys.argv[5])))
