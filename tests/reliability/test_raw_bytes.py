"""Bytes that are no HTTP, or nearly: they are refused or nothing, never a fault, and the next caller is answered."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.conftest import SEED
from tests.reliability.processes import serving
from tests.reliability.size import size
from tests.server.stage import Caller, write_project

pytestmark = pytest.mark.slow

_BODY = b"call_id=CA1&from=%2B15557650001&to=%2B15551230000&direction=inbound&status=ringing"
_HEAD = b"POST /telefonie/voice HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
_GOOD = _HEAD + b"Content-Length: %d\r\n\r\n" % len(_BODY) + _BODY
SENT = (
    _GOOD,
    _GOOD * 3,
    _GOOD[:-5],
    _GOOD + b"garbage",
    _GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"),
    _GOOD.replace(b"HTTP/1.1", b"HTTP/9.9"),
    _GOOD.replace(b"POST", b"PO ST"),
    _GOOD.replace(b"Host: x", b"Host: x\r\nHost: y"),
    _HEAD + b"Content-Length: -1\r\n\r\n" + _BODY,
    _HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + _BODY,
    _HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + _BODY,
    _HEAD + b"Content-Length: +5\r\n\r\n" + _BODY,
    _HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + _BODY,
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(_BODY) + _BODY + b"\r\n0\r\n\r\n",
    _HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(_BODY) + _BODY,
    _HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n",
    _HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    _HEAD + b"X: a\r\n" * 2_000 + b"\r\n",
    _HEAD + b"X: \x00\r\nContent-Length: 0\r\n\r\n",
    _HEAD + b"X : y\r\nContent-Length: 0\r\n\r\n",
    _HEAD.replace(b"\r\n", b"\n") + b"\n",
    b"GET /telefonie/" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/telefonie/voice HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    b"\r\n" * 1000,
    b"\x00" * 1000,
    b"",
)


def _mutated(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(SENT[:16]))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.choice((0, 1, 1, 4))] = chance.choice(
            (b"", b"\r", b"\n", b"\x00", b":", b" ", b"\xff", b"0")
        )
    return bytes(data)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """What comes within a moment; a server may wait longer for the rest of a request."""
    answer = b""
    try:
        async with asyncio.timeout(1):
            while piece := await reader.read(65_536):
                answer += piece
    except TimeoutError:
        return answer or b"nothing"
    return answer


async def test_what_is_hardly_http(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    count = size(300, 10_000)
    chance = random.Random(SEED)
    conversations = [*SENT, *(_mutated(chance) for _ in range(count - len(SENT)))]
    answers: Counter[str] = Counter()
    gate = asyncio.Semaphore(40)

    async def one(port: int, data: bytes, pieces: int) -> None:
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                for start in range(0, len(data), max(1, len(data) // pieces)):
                    writer.write(data[start : start + max(1, len(data) // pieces)])
                    await writer.drain()
                    if pieces > 1:
                        await asyncio.sleep(0.001)
                answer = await _answer(reader)
            except OSError:
                answer = b""
            finally:
                writer.close()
            lines = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.")]
            answers.update(line.split()[1].decode() for line in lines)
            answers["no answer yet" if answer == b"nothing" else "closed"] += not lines

    async with serving(write_project(tmp_path / "project"), "--store", "memory") as server:
        port = int(server.url.rpartition(":")[2])
        await asyncio.gather(*(one(port, data, chance.choice((1, 1, 2, 7))) for data in conversations))
        async with aiohttp.ClientSession() as client:
            await Caller(client, server.url, "CB1").begin()
        assert server.faults() == []
    assert not [status for status in answers if status.startswith("5")]
    record_property(
        "figure",
        f"{count} connections of bytes that are hardly HTTP: "
        + ", ".join(f"{n} {f'answers {s}' if s.isdigit() else s}" for s, n in sorted(answers.items()) if n),
    )
