"""One connection to a server, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from flowengine.server.serving import Server


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, Mapping[str, str], str]:
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(head[0].split()[1]), headers, body.decode()

    async def closed(self) -> bool:
        async with asyncio.timeout(10):
            return await self.reader.read(1) == b""


@asynccontextmanager
async def wired(server: Server) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def fields(call: str = "CA1") -> bytes:
    return urlencode({"call_id": call, "from": "+15557650001", "to": "+15551230000", "status": "ringing"}).encode()


def webhook(path: str = "/telefonie/voice", body: bytes | None = None, *more: str, version: str = "1.1") -> bytes:
    body = fields() if body is None else body
    lines = (
        f"POST {path} HTTP/{version}", "Host: x", "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}", *more,
    )  # fmt: skip
    return "\r\n".join((*lines, "", "")).encode() + body
