"""Identifiers: UUIDs, the nil one for nothing, and ids of the network written as UUIDs."""

import re

from flowengine.sandbox.ids import Ids

NIL = "00000000-0000-0000-0000-000000000000"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def is_uuid(text: object) -> bool:
    """Whether this is a UUID."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def is_set(text: object) -> bool:
    """Whether this is a UUID other than the nil one."""
    return is_uuid(text) and text != NIL


def uuid_of(network_id: str) -> str:
    """The UUID of something that the network calls by two letters and 32 hexadecimal digits."""
    digits = network_id[-32:]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def new_uuid(ids: Ids) -> str:
    """A new UUID."""
    return uuid_of(ids("VB"))
