"""What the webhooks of all carriers have in common: bodies in JSON, and names for repeats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flowengine.carriers.contract import Refused


def document_of(body: bytes) -> Mapping[str, Any] | Refused:
    """The JSON object of a webhook's body."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return Refused(400, "the body is no JSON")
    return document if isinstance(document, dict) else Refused(400, "the body is no JSON object")


def key_of(body: bytes) -> str:
    """A name for what a body tells; the same for the same bytes."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def secrets_of(given: str | list[str]) -> tuple[str, ...]:
    """The secrets of a setting that is one or several; several serve while one replaces another."""
    return tuple(secret for secret in ([given] if isinstance(given, str) else given) if secret)
