"""What a node reads that is known only in a call: who calls, what time it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowengine.core.graph import Node
from flowengine.core.reading import RESERVED
from flowengine.expressions.evaluate import MISSING, Compiled

_KNOWN = frozenset({"flow"})
_TELLING = frozenset({"say", "sms", "log"})
"""Nodes that hand on what they read as it is."""

_PLAIN = (str, bytes, int, float, bool, type(None))


def unknown_in(node: Node) -> str:
    """Why what a node does cannot be worked out before the call; empty where it can.

    Variables count as known: what gives them a value is looked at by itself. So does `call` where it is only told:
    nothing is decided by it there.
    """
    known = _KNOWN | {"call"} if node.kind in _TELLING else _KNOWN
    for compiled in _expressions(node, set()):
        found = (RESERVED - known).intersection(compiled.reads)
        if found:
            return f"it reads `{min(found)}`"
        if compiled.constant is MISSING and not compiled.reads:
            return "it depends on the time, or on chance"
    return ""


def _expressions(thing: Any, seen: set[int]) -> Iterator[Compiled]:
    """The expressions that an object holds, however deep."""
    if isinstance(thing, _PLAIN) or id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Compiled):
        yield thing
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from _expressions(value, seen)
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from _expressions(value, seen)
    else:
        for name in _fields(thing):
            yield from _expressions(getattr(thing, name, None), seen)


def _fields(thing: Any) -> list[str]:
    if not type(thing).__module__.startswith("flowengine."):
        return []
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*slots, *getattr(thing, "__dict__", ())]
