"""Documents that are the same in many calls, but for the URLs of the one call and turn: written down once.

To look one up takes 0.7 µs, to make it 3 to 7. Most turns of a flow end in one of a few documents; those that hold what
a caller has said or typed are made anew, and leave the cache again as they came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from flowengine.carriers.telefonie.document import Document
from flowengine.carriers.telefonie.rendering import Links, elements
from flowengine.core.commands import Command, Hangup, Listen, Record, Wait

_MOST = 1024
_LONGEST = 8 * 1024
"""Characters of a document that is kept. A turn may say a thousand texts of 10,000 each: many such documents, made of
what callers send, would take all of the memory."""

_KEPT = (Listen, Record, Hangup)
"""What a cached document may end in: others are rare, or hold what is different in every call."""


class Skeletons:
    """Documents of turns. `render` writes one down, `base` is what URLs begin with, `key` a secret of the adapter."""

    def __init__(self, render: Callable[[Document], str], base: str, key: bytes) -> None:
        self._render = render
        self._base = base
        # Stands for the call and turn in a skeleton. Nobody knows it, so no text of a call can hold it.
        self._mark = hashlib.sha256(b"skeleton" + key).hexdigest()
        self._parts: dict[tuple[tuple[Command, ...], Wait, bool], list[str]] = {}

    def document(self, commands: Sequence[Command], wait: Wait, of: str, *, type_ahead: bool) -> str:
        """The document of a turn; `of` and `type_ahead` as `Links` and `elements` take them."""
        if not isinstance(wait, _KEPT):
            return self._render(elements(commands, wait, Links(self._base, of), type_ahead=type_ahead))
        key = (tuple(commands), wait, type_ahead)
        parts = self._parts.get(key)
        if parts is None:
            whole = self._render(elements(commands, wait, Links(self._base, self._mark), type_ahead=type_ahead))
            parts = whole.split(self._mark)
            if len(whole) <= _LONGEST:
                self._parts[key] = parts
                if len(self._parts) > _MOST:
                    del self._parts[next(iter(self._parts))]
        return of.join(parts)
