"""Where a command listens: the address that a browser of this machine can open, and why it could not be had."""

from __future__ import annotations

import errno
from ipaddress import ip_address


def reachable(host: str) -> str:
    """The host of a URL that leads to who listens on this address, on this machine where that is every address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"[{host}]" if address.version == 6 else host


def reason(error: Exception, host: str, port: int) -> str:
    """What went wrong, and what to do where the port is somebody else's."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use: --port takes another one, or 0 for one that is free"
    return str(error)
