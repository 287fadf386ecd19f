"""What a caller typed, in a URL of ours: for our own eyes, and not to be changed.

URLs are written down by proxies on the way. What stands in one of ours is therefore encrypted with AES-SIV (RFC 5297).
It needs no random number: the same words at the same place are the same URL, and those at another cannot be opened.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

import msgspec

_PURPOSE = b"fields in a URL of telefonie"


def seal(key: bytes, fields: Mapping[str, str], place: str) -> str:
    """The fields, to be opened at the same place alone, in letters that may stand in a URL."""
    # Not at the top: it takes longer to load than all of the adapter, and is needed only while something is wrong.
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    sealed = AESSIV(_key(key)).encrypt(msgspec.json.encode(fields), [_bytes(place)])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(key: bytes, text: str, place: str) -> dict[str, str] | None:
    """The fields that were sealed at this place; None for anything else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(AESSIV(_key(key)).decrypt(sealed, [_bytes(place)]), type=dict[str, str])
    except (InvalidTag, ValueError, msgspec.DecodeError):
        return None


def _key(key: bytes) -> bytes:
    return hmac.new(key, _PURPOSE, hashlib.sha512).digest()


def _bytes(place: str) -> bytes:
    return place.encode("utf-8", "surrogatepass")
