"""The ids of a call's trace, made from the call's id: whoever takes a turn of it knows them."""

from __future__ import annotations

import hashlib


def trace_ids(call: str) -> tuple[int, int]:
    """The id of a call's trace, 128 bits, and of the span in it that stands for the whole call, 64 bits."""
    digest = hashlib.sha256(b"flowengine call " + call.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1


def shown_trace(call: str) -> str:
    """The id of a call's trace, as tools show it."""
    return f"{trace_ids(call)[0]:032x}"
