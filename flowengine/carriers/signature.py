"""Signed webhooks: the header `t=<unix time>,v1=<hex>`.

sms-voip documents the form of the header; what is signed is inferred: HMAC-SHA256 over the time, a dot, and what was
sent: the raw body, or for a request without one its path and query. Telefonie and FineSpeak document no signature; the
same scheme is there for them, off unless a secret is configured.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

TOLERANCE = 300.0
"""Seconds that a signature may be old, or ahead of our clock."""

_USUAL = re.compile(r"t=([0-9]{1,15}),v1=([0-9a-f]+)").fullmatch


def sign(secret: str, at: int, sent: bytes) -> str:
    """The header for what was sent at `at`, Unix time in seconds."""
    return f"t={at},v1={_digest(secret, str(at), sent)}"


def problem(header: str | None, sent: bytes, secrets: Iterable[str], now: float) -> str | None:
    """Why a request is not to be trusted; None when it is.

    Args:
        header: the signature header, or None where there is none.
        sent: what is signed, as it came.
        secrets: any of them may have signed it; several serve while one replaces another.
        now: Unix time in seconds.
    """
    if not header:
        return "the request is not signed"
    usual = _USUAL(header)  # to match it takes 0.3 µs, to take any apart 2
    if usual is not None:
        at, *signatures = usual.groups()
    else:
        times, signatures = _parts(header)
        if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 15):
            return "the signature has no time"
        if not signatures:
            return "the signature has no v1"
        at = times[0]
    # Every pair is compared, so that the time it takes says nothing of which one fits.
    fits = False
    for secret in secrets:
        if not secret:
            continue
        expected = _digest(secret, at, sent).encode()
        for signature in signatures:
            fits |= hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))
    if not fits:
        return "the signature does not fit what was sent"
    if abs(now - int(at)) > TOLERANCE:
        return "the signature is too old, or from the future"
    return None


def _parts(header: str) -> tuple[list[str], list[str]]:
    """The times and the signatures in a header, as many as there are."""
    times: list[str] = []
    signatures: list[str] = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            times.append(value)
        elif name == "v1":
            signatures.append(value)
    return times, signatures


def _digest(secret: str, at: str, sent: bytes) -> str:
    mac = _keyed(secret).copy()
    mac.update(at.encode() + b"." + sent)
    return mac.finalize().hex()


@lru_cache(maxsize=16)
def _keyed(secret: str) -> HMAC:
    """An HMAC that has taken its key: a copy of it takes 1 µs, Python's own `hmac.digest` 2."""
    return HMAC(secret.encode(), SHA256())
