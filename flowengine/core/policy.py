"""Where a call may lead: allow-lists for numbers, SIP addresses and hosts.

Closed unless the project opens them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
"""ITU-T E.164: a plus, a country code that does not begin with 0, at most 15 digits."""

SIP = re.compile(r"sips?:[A-Za-z0-9_.!~*'()&=+$,;?/%-]+@[A-Za-z0-9.-]+(:[0-9]{1,5})?", re.ASCII)
"""RFC 3261 `sip:user@host:port`, without parameters and headers: those could redirect the call."""

_SATELLITE = ("+870", "+878", "+881", "+882", "+883", "+979")
_MAINLAND = frozenset({"US", "CA"})


def is_number(text: str) -> bool:
    """Whether `text` is a number in E.164 form, and nothing else."""
    return E164.fullmatch(text) is not None


def is_sip(text: str) -> bool:
    """Whether `text` is a plain SIP address."""
    return SIP.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _named_only(number: str) -> int:
    """How many characters of `number` a pattern must spell out before it may match: what is dear is never matched by
    chance.

    Premium and shared-cost numbers, satellite networks, and the countries that share +1 with the United States and
    Canada cost many times a domestic call, so `+1*` does not open +1 900 or Jamaica, and `*` opens none of them.
    """
    # A large library: what checks or runs no transfer and no text needs none of it, and starts 30 ms earlier.
    import phonenumbers

    if number.startswith(_SATELLITE):
        return 4
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return 0
    if parsed.country_code == 1:
        # The library's region is None for 900 and other numbers of no country.
        if number.startswith(("+1900", "+1976")):
            return 5
        region = phonenumbers.region_code_for_number(parsed)
        if region is not None and region not in _MAINLAND and region != "001":
            return 5
    if phonenumbers.number_type(parsed) in (
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
    ):
        return len(str(parsed.country_code)) + 3
    return 0


PER_CALL = 20
"""How often one call may dial, or send a text, where the project does not say."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """Numbers and SIP addresses that may be called or texted: exact, or with `*` for anything.

    `per_call` is how many times one call may reach out, `per_hour` how many times all calls together may within an hour
    of the clock; None is no such limit.
    """

    patterns: tuple[str, ...] = ()
    per_call: int | None = PER_CALL
    per_hour: int | None = None

    def allows(self, destination: str) -> bool:
        """Whether some pattern matches the whole destination, which must be well formed."""
        if is_number(destination):
            needed = _named_only(destination)
            return any(
                _matches(pattern, destination) and len(_fixed(pattern)) >= needed
                for pattern in self.patterns
                if not pattern.startswith(("sip:", "sips:"))
            )
        if is_sip(destination):
            return any(_matches(p, destination) for p in self.patterns if p.startswith(("sip:", "sips:")) or p == "*")
        return False

    def may_allow(self, beginning: str) -> bool:
        """Whether some destination that begins so could be allowed: what `check` can know of a computed one."""
        return any(
            _fixed(pattern).startswith(beginning) or ("*" in pattern and beginning.startswith(_fixed(pattern)))
            for pattern in self.patterns
        )


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts that `fetch`, `play` and `redirect` may reach: `crm.example`, `*.acme.example`, `localhost:8080`."""

    patterns: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """Whether the host of `url` is named.

        A pattern without a port allows every port.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or not host or parts.username is not None or "\\" in url:
            return False
        port = port or (443 if parts.scheme == "https" else 80)
        return self.names(host, port)

    def names(self, host: str, port: int) -> bool:
        """Whether a pattern names this host and port."""
        for pattern in self.patterns:
            name, _, wanted = (
                pattern.lower().rpartition(":") if re.search(r":\d+$", pattern) else (pattern.lower(), "", "")
            )
            if wanted and int(wanted) != port:
                continue
            if _matches(name.strip("[]"), host):
                return True
        return False


def _fixed(pattern: str) -> str:
    return pattern.partition("*")[0]


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def _matches(pattern: str, text: str) -> bool:
    return _expression(pattern).fullmatch(text) is not None


def outside(patterns: Iterable[str]) -> list[str]:
    """The patterns that are neither a number, a SIP address nor one of them with `*`: mistakes in the
    configuration."""
    shape = re.compile(r"\+?[0-9*]+|\*|sips?:.+", re.ASCII)
    return [pattern for pattern in patterns if shape.fullmatch(pattern) is None]
