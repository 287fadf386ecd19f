"""Signed webhooks: the header `X-VoIPBIN-Signature: sha256=<hex>`, an HMAC-SHA256 over the raw body.

There is no time in it, so a repeat cannot be told by it: what a webhook says has no effect twice anyway.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Literal

HEADER = "x-voipbin-signature"
_PREFIX = "sha256="


def sign(secret: str, body: bytes) -> str:
    """The header for a body."""
    return _PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def problem(
    header: str | None, body: bytes, secrets: Iterable[str], checks: Literal["off", "present", "required"]
) -> str | None:
    """Why a webhook is not to be trusted; None when it is.

    Args:
        header: the signature header, or None where there is none.
        body: the body as it came.
        secrets: any of them may have signed it; several serve while one replaces another.
        checks: whether an unsigned webhook is taken (`present`), or any (`off`).
    """
    if checks == "off" or (header is None and checks == "present"):
        return None
    if not header:
        return "the webhook is not signed"
    fits = False
    # Every one is compared, so that the time it takes says nothing of which one fits.
    for secret in secrets:
        fits |= hmac.compare_digest(sign(secret, body).encode(), header.encode("utf-8", "surrogateescape"))
    return None if fits else "the signature does not fit the body"
