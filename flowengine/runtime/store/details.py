"""What is kept of a call that is over, and which of them somebody asks for."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from flowengine.core.session import Facts


class Detail(Struct, frozen=True, omit_defaults=True):
    """A call that is over: the record that calls are counted, searched and billed by.

    With the call's journal and the version `program` of the project it is all that living the call again needs. `flow`
    and `arguments` are what it began with. `begun` and `ended` are Unix times in seconds; `ending` is one of the words
    of `runtime.ending`; `turns` counts what was asked of the flow.
    """

    facts: Facts
    flow: str
    program: str
    ended: float
    ending: str
    turns: int
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The call's id, as its carrier has it."""
        return self.facts.id

    @property
    def begun(self) -> float:
        """When the call began."""
        return self.facts.started


class Query(Struct, frozen=True):
    """Which calls: those that meet everything that is not None, at most `limit`, the latest first.

    `since` and `until` (not included) are Unix times of the call's beginning. `number` is that of either side; with a
    `*` at its end, what it begins with. `ending` is a word, or `limit-` for every limit. `after` is the time of the
    beginning and the id of a call: only those that come after it in the list.
    """

    since: float | None = None
    until: float | None = None
    flow: str | None = None
    number: str | None = None
    ending: str | None = None
    direction: str | None = None
    carrier: str | None = None
    limit: int = 50
    after: tuple[float, str] | None = None

    def takes(self, detail: Detail) -> bool:
        """Whether a call is one of those, but for the limit."""
        facts = detail.facts
        return (
            (self.since is None or detail.begun >= self.since)
            and (self.until is None or detail.begun < self.until)
            and (self.after is None or (detail.begun, detail.id) < self.after)
            and self.flow in (None, detail.flow)
            and self.direction in (None, facts.direction)
            and self.carrier in (None, facts.carrier)
            and (self.ending is None or _is(detail.ending, self.ending, "-"))
            and (self.number is None or _is(facts.caller, self.number, "*") or _is(facts.called, self.number, "*"))
        )


def _is(value: str, wanted: str, mark: str) -> bool:
    if not wanted.endswith(mark):
        return value == wanted
    return value.startswith(wanted.removesuffix("*"))


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Detail)


def dump_detail(detail: Detail) -> bytes:
    """A record as JSON."""
    return _encoder.encode(detail)


def load_detail(data: bytes) -> Detail:
    """A record from JSON."""
    return _decoder.decode(data)
