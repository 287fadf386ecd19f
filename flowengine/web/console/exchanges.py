"""What carriers asked, and the documents that they were answered with: kept for a while, by call.

A sensitive input is in the carrier's request as well. So of a request that may bring one, only what the request before
it has said, too, is kept as it was; and what was hidden once stays so.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from msgspec import Struct, field

from flowengine.carriers.contract import About, Carrier, Message, Opening, Reply
from flowengine.core.journal import MASK
from flowengine.web.console.hidden import Hidden
from flowengine.web.console.views import ExchangeView

_MOST_CALLS = 2_000
_MOST_A_CALL = 500
_LONGEST_BODY = 64 * 1024


class _Call(Struct):
    """What is kept of a call. `turn` is the latest; `open` are the fields that its requests have said so far, `secret`
    those not to tell; `values` are sensitive values that its flow holds."""

    exchanges: list[ExchangeView] = []
    turn: int = 0
    values: set[str] = field(default_factory=set)
    open: set[tuple[str, str]] = field(default_factory=set)
    secret: set[tuple[str, str]] = field(default_factory=set)


class Exchanges:
    """The latest requests of carriers, with their answers."""

    def __init__(self, hidden: Hidden) -> None:
        """`hidden` is told each turn before a request is answered."""
        self._hidden = hidden
        self._calls: OrderedDict[str, _Call] = OrderedDict()

    def of(self, call: str) -> list[ExchangeView] | None:
        """Those of a call, in order; None where they are not kept."""
        kept = self._calls.get(call)
        return None if kept is None else kept.exchanges

    def overhear(self, carrier: Carrier, message: Message, reply: Reply, seconds: float) -> None:
        """The engine has answered a message."""
        match carrier.route(message):
            case Opening(facts=facts):
                call = facts.id
            case About(call=call):
                pass
            case _:
                return
        kept = self._calls.setdefault(call, _Call())
        self._calls.move_to_end(call)
        while len(self._calls) > _MOST_CALLS:
            self._calls.popitem(last=False)
        heard = self._hidden.heard(call)
        kept.values |= heard.values
        kept.turn = heard.turn or kept.turn
        fields = _shown(kept, message.fields, heard.is_secret)
        if len(kept.exchanges) < _MOST_A_CALL:
            path = "/".join(("", carrier.name, *message.path))
            # An answer may hold what was asked: a URL that is to be asked for once more has the same query.
            echoes = {echo for pair in message.fields.items() if pair in kept.secret for echo in _echoes(*pair)}
            text = _without(reply.body, kept.values | echoes)[:_LONGEST_BODY]
            kept.exchanges.append(
                ExchangeView(
                    message.at, kept.turn, seconds, message.method, path, fields, reply.status, reply.content_type, text
                )
            )


def _shown(kept: _Call, fields: Mapping[str, str], may_be_secret: bool) -> dict[str, str]:
    """The fields of a request as they may be shown."""
    for pair in fields.items():
        if pair in kept.open or pair in kept.secret:
            continue
        (kept.secret if may_be_secret and pair[1] else kept.open).add(pair)
    return {
        name: MASK if (name, value) in kept.secret else _without(value, kept.values) for name, value in fields.items()
    }


def _echoes(name: str, value: str) -> set[str]:
    """How a field that is hidden may come again in the answer. A single digit stands everywhere, but not behind its
    field's name."""
    said = {value, quote(value, safe=""), quote_plus(value), escape(value)}
    return {f"{name}={one}" for one in said} | (said if len(value) > 1 else set())


def _without(text: str, values: set[str]) -> str:
    """The text with sensitive values hidden, wherever they stand."""
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
