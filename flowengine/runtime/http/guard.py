"""Against requests to where a flow must not reach: inner networks, the machine itself, a cloud's metadata service.

A host must be named by `[http] allow`. What it resolves to must be a public address, unless the host is named by more
than a bare `*`. The address that was checked is the one that is connected to, so an answer that changes between two
look-ups of the name helps nobody.
"""

from __future__ import annotations

import ipaddress
import socket
from contextvars import ContextVar

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from flowengine.core.policy import Hosts

hosts_in_force: ContextVar[Hosts] = ContextVar("flowengine_hosts")
"""What the request under way may reach: set before it is made."""

NOWHERE = Hosts()

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenError(OSError):
    """The address is not one that may be reached."""


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet; IPv4 inside IPv6 counts as what it is."""
    try:
        found: _IPAddress = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def may_be_private(hosts: Hosts, host: str, port: int) -> bool:
    """Whether a host is named, so that it may lie in an inner network: by its own pattern, not by a bare `*`."""
    return Hosts(tuple(pattern for pattern in hosts.patterns if pattern != "*")).names(host.lower(), port)


def check_url(url: URL, hosts: Hosts) -> None:
    """Raise ForbiddenError unless the URL is one that `hosts` allows; an address in it is checked at once."""
    if url.scheme not in ("http", "https") or url.host is None or not hosts.allows(str(url)):
        raise ForbiddenError("[http] allow does not name this host")
    try:
        ipaddress.ip_address(url.host.partition("%")[0])
    except ValueError:
        return  # a name: the resolver checks what it stands for
    if not is_public(url.host) and not may_be_private(hosts, url.host, url.port or 0):
        raise ForbiddenError("a private address that [http] allow does not name")


class GuardedResolver(AbstractResolver):
    """Resolves names to the addresses that may be reached."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises ForbiddenError when none of them may be reached."""
        hosts = hosts_in_force.get(NOWHERE)
        found = await self._resolver.resolve(host, port, family)
        if may_be_private(hosts, host, port):
            return found
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise ForbiddenError(f"{host} is a private address that [http] allow does not name")
        return public

    async def close(self) -> None:
        await self._resolver.close()
