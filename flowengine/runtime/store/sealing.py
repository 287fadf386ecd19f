"""What callers typed in confidence is written down sealed: AES-256-GCM, with a key that is not in the store.

Only calls of a project that gathers something `sensitive=true` are sealed; the others hold nothing that needs it.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VARIABLE = "FLOWENGINE_STORE_KEY"
"""The environment's variable with the key: 32 bytes in base64. After a comma follow older ones that still open."""

_MARK = b"\x01"
"""What is sealed begins with it; nothing that is written openly does."""

_BYTES = 32
_NONCE = 12


class SealError(Exception):
    """A key is not one, or what was sealed cannot be opened with those that are here."""


class Seal:
    """Seals with the first of its keys, and opens with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Raises SealError: there is no key, or one has another length than 32 bytes."""
        if not keys or any(len(key) != _BYTES for key in keys):
            raise SealError(f"a key of the store has {_BYTES} bytes, in base64: openssl rand -base64 {_BYTES}")
        self._keys = [AESGCM(key) for key in keys]

    def close(self, plain: bytes, place: str) -> bytes:
        """Seal bytes. They can be opened only as what is in the same place, so that no two can be exchanged."""
        nonce = os.urandom(_NONCE)
        return _MARK + nonce + self._keys[0].encrypt(nonce, plain, place.encode("utf-8", "surrogatepass"))

    def open(self, sealed: bytes, place: str) -> bytes:
        """The bytes that were sealed in this place.

        Raises:
            SealError: with another key, in another place, or they were changed.
        """
        nonce, text = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        for key in self._keys:
            try:
                return key.decrypt(nonce, text, place.encode("utf-8", "surrogatepass"))
            except (InvalidTag, ValueError):
                continue
        raise SealError(f"a call is sealed with a key that is not here: is {VARIABLE} the one it was written with?")


def is_sealed(data: bytes) -> bool:
    """Whether the bytes were sealed."""
    return data.startswith(_MARK)


def from_environment(environment: Mapping[str, str]) -> Seal | None:
    """The seal of the environment's keys; None where it has none.

    Raises:
        SealError: what it has is no key.
    """
    text = environment.get(VARIABLE, "")
    if not text.strip():
        return None
    try:
        return Seal([base64.b64decode(part.strip(), validate=True) for part in text.split(",")])
    except (binascii.Error, ValueError):
        raise SealError(f"{VARIABLE}: not base64: make a key with openssl rand -base64 {_BYTES}") from None


def beside(path: Path) -> Seal:
    """The seal of a store in a file: its key lies in `PATH.key`, which only its owner can read, and is made with the
    store. A copy of the store alone does not tell what callers typed.

    Raises:
        SealError: the file holds no key.
        OSError: it cannot be read or made.
    """
    file = path.with_name(path.name + ".key")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Written elsewhere and linked: of several workers that begin at once one wins, and none reads half a key.
        fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(base64.b64encode(secrets.token_bytes(_BYTES)) + b"\n")
        try:
            os.link(fresh, file)
        finally:
            fresh.unlink()
    except FileExistsError:
        pass
    try:
        return Seal([base64.b64decode(file.read_bytes().strip(), validate=True)])
    except (binascii.Error, ValueError):
        raise SealError(f"{file} holds no key") from None
