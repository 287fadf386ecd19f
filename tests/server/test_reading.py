"""Both readers of plain requests, held against each other and against what was sent."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowengine.server import quick, reading
from flowengine.server.reading import NotPlainError, Reader, Request
from tests.server.wire import fields, webhook

_PLAIN = webhook("/telefonie/voice?a=1")
_BYTES = st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n", b" ", b":", b"0", b"9", b"a", b"\x00", b"%", b"#", b"\xff"])


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The readers' event loop; it need not run."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


def _read(reader: Reader, parts: list[bytes]) -> Request | None:
    """The request after the last part."""
    sent, request = b"", None
    for part in parts:
        sent += part
        request = reader.feed(part, sent)
    return request


def _readers(loop: asyncio.AbstractEventLoop) -> list[Callable[[], Reader]]:
    return [reading.readers(loop), quick.readers(loop)]


@given(cuts=st.sets(st.integers(1, len(_PLAIN) - 1), max_size=6))
def test_a_request_in_any_parts_is_the_same(loop: asyncio.AbstractEventLoop, cuts: set[int]) -> None:
    parts = [_PLAIN[start:end] for start, end in pairwise([0, *sorted(cuts), len(_PLAIN)])]
    for made in _readers(loop):
        reader = made()
        for _ in range(3):  # one after the other on one connection
            request = _read(reader, parts)
            assert request is not None
            assert (request.target, request.body, request.whole, request.last) == (
                "/telefonie/voice?a=1", fields(), True, False,
            )  # fmt: skip
            assert request.headers.get("content-type") == "application/x-www-form-urlencoded"
            assert request.headers.get("x-signature") is None


@given(at=st.integers(0, len(_PLAIN)), gone=st.integers(0, 8), put=st.lists(_BYTES, max_size=4).map(b"".join))
@example(at=len(_PLAIN), gone=0, put=b"\r\n")
@example(at=len(_PLAIN), gone=0, put=b"P")
@example(at=0, gone=0, put=b"\r\n")
def test_what_is_plain_is_so_byte_by_byte(loop: asyncio.AbstractEventLoop, at: int, gone: int, put: bytes) -> None:
    sent = _PLAIN[:at] + put + _PLAIN[at + gone :]
    plain: list[tuple[str, bytes, bool]] = []
    for made in _readers(loop):
        try:
            request = _read(made(), [sent])
        except NotPlainError:
            continue
        if request is None or not request.whole:
            continue
        head, _, body = sent.lstrip(b"\r\n").partition(b"\r\n\r\n")
        assert head.startswith(b"POST ")
        assert body.startswith(request.body)
        assert not body[len(request.body) :].strip(b"\r\n")  # which begin no other request
        plain.append((request.target, request.body, request.last))
    assert len(set(plain)) <= 1


@pytest.mark.parametrize(
    "request_",
    [
        webhook().replace(b"POST", b"GET"),
        webhook(version="1.0"),
        webhook("/telefonie/voice", None, "Transfer-Encoding: chunked"),
        webhook("/telefonie/voice", None, "Content-Length: 3"),
        webhook("/telefonie/voice", None, "Expect: 100-continue"),
        webhook("/telefonie/voice", None, "Content-Encoding: gzip"),
        webhook("/telefonie/voice", None, "Connection: upgrade", "Upgrade: websocket"),
        webhook() + webhook(),
        webhook() + webhook()[:30],
        webhook().replace(b"Host: x\r\n", b""),
        webhook("/telefonie/voice?" + "a" * 9000),
        webhook("/telefonie/voice", None, f"X: {'a' * 9000}"),
        webhook("/telefonie/voice", None, f"X: {'a' * 9000}")[:8500],
        b"\x16\x03\x01\r\n\r\n",
    ],
)
def test_anything_else_is_not_plain(loop: asyncio.AbstractEventLoop, request_: bytes) -> None:
    for made in _readers(loop):
        with pytest.raises(NotPlainError):
            _read(made(), [request_])


def test_who_wants_to_be_closed_is_known(loop: asyncio.AbstractEventLoop) -> None:
    for made in _readers(loop):
        request = _read(made(), [webhook("/telefonie/voice", None, "Connection: close")])
        assert request is not None
        assert (request.whole, request.last) == (True, True)


@pytest.mark.parametrize("sent", [webhook(), webhook()[:-5], webhook(version="1.0")])
def test_a_reader_that_is_closed_leaves_nothing_to_the_garbage_collector(
    loop: asyncio.AbstractEventLoop, sent: bytes
) -> None:
    for made in _readers(loop):
        gc.collect()
        gc.disable()
        try:
            reader = made()
            with suppress(NotPlainError):
                _read(reader, [sent])
            reader.close()
            del reader
            assert gc.collect() == 0
        finally:
            gc.enable()
