"""Speko's signature: Standard Webhooks, over the delivery's id, its time and the raw body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from itertools import pairwise

TOLERANCE = 300.0
"""Seconds that a signature may be old, or ahead of our clock."""

_PREFIX = "whsec_"


def sign(secret: str, delivery: str, at: int, body: bytes) -> str:
    """The header `webhook-signature` for a body sent at `at`, Unix time in seconds."""
    return f"v1,{_digest(_key(secret), delivery, str(at), body)}"


def problem(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> str | None:
    """Why a webhook is not to be trusted; None when it is.

    Args:
        headers: with names in lower case.
        body: as it came.
        secrets: any of them may have signed it.
        now: Unix time in seconds.
    """
    delivery, at, header = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not header:
        return "the request is not signed"
    if not delivery:
        return "the request has no webhook-id"
    if not (at.isascii() and at.isdigit() and len(at) <= 15):
        return "the webhook-timestamp is no Unix time"
    signatures = _signatures(header)
    if not signatures:
        return "the signature has no v1"
    # Every pair is compared, so that the time it takes says nothing of which one fits.
    fits = False
    for secret in secrets:
        if not secret:
            continue
        expected = _digest(_key(secret), delivery, at, body).encode()
        for signature in signatures:
            fits |= hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))
    if not fits:
        return "the signature does not fit what was sent"
    if abs(now - int(at)) > TOLERANCE:
        return "the signature is too old, or from the future"
    return None


def _signatures(header: str) -> list[str]:
    """The signatures of a header: `v1,…` and again, with a space between as the standard has it, or a comma."""
    parts = header.replace(" ", ",").split(",")
    return [value for version, value in pairwise(parts) if version == "v1" and value]


def _key(secret: str) -> bytes:
    """What signs: after `whsec_`, the standard has it in base64; Speko does not say."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def _digest(key: bytes, delivery: str, at: str, body: bytes) -> str:
    signed = f"{delivery}.{at}.".encode("utf-8", "surrogateescape") + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
