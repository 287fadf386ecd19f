"""The ids of a call's trace, made from the call's id: whoever takes a turn of it knows them."""

from __future__ import annotations

import hashlib


def trace_id(call: str) -> int:
    """The id of a call's trace, 128 bits."""
    return int.from_bytes(_digest(call)[:16]) or 1


def first_span_id(call: str) -> int:
    """The id of the span that stands for the whole call, 64 bits."""
    return int.from_bytes(_digest(call)[16:24]) or 1


def shown(number: int) -> str:
    """A trace's id as tools show it."""
    return f"{number:032x}"


def _digest(call: str) -> bytes:
    return hashlib.sha256(b"flowengine call " + call.encode("utf-8", "surrogatepass")).digest()
