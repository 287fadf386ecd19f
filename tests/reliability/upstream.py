"""A server of the worst kind, in a process of its own: slow, endless, packed, going in circles, broken.

Run as `python -m tests.reliability.upstream`: it prints its port, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from contextlib import suppress

KINDS = ("slow", "trickle", "broken", "circle", "endless", "bomb", "words", "silent")
_MEGABYTE = 1024 * 1024
_BOMB = gzip.compress(b"0" * 10 * _MEGABYTE)
_JSON = b"Content-Type: application/json\r\n"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        kind = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].strip(b"/").decode()
        match kind:
            case "slow":
                await asyncio.sleep(30)
            case "silent":
                await reader.read()
            case "trickle":
                writer.write(b"HTTP/1.1 200 OK\r\n" + _JSON + b"Content-Length: 60\r\n\r\n")
                for _ in range(60):
                    writer.write(b"1")
                    await writer.drain()
                    await asyncio.sleep(1)
            case "broken":
                writer.write(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
            case "circle":
                writer.write(b"HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n")
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\n" + _JSON + b"Content-Length: %d\r\n\r\n" % (1024 * _MEGABYTE))
                for _ in range(1024):
                    writer.write(b"1" * _MEGABYTE)
                    await writer.drain()
            case "bomb":
                head = b"HTTP/1.1 200 OK\r\n" + _JSON + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
                writer.write(head % len(_BOMB) + _BOMB)
            case "words":
                writer.write(b"HTTP/1.1 200 OK\r\n" + _JSON + b"Content-Length: 5\r\n\r\nhello")
        await writer.drain()
    writer.close()


async def main() -> None:
    """Answer until the standard input ends."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
