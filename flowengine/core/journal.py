"""What happened in a call, in order: the entries that a turn leaves behind.

An entry's `text` and `data` are safe to keep: sensitive values read `••••` in them. `heard` and `asked` hold the
values as they were, for the simulator's checks, and are never written down.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

MASK = "••••"


class Entry(Struct, omit_defaults=True, gc=False):
    """One thing that happened, at `at` (Unix time), in `flow`, at `line` of its file.

    Kinds: `step` (entered), `said`, `played`, `paused`, `verb` (asked of the carrier), `input` (what a menu or gather
    took), `press` (a key in a conference or queue), `outcome`, `set`, `branch`, `log`, `emit`, `run`, `return`,
    `limit`, `error`, `hangup`.
    """

    kind: str
    at: float
    flow: str
    step: str
    line: int
    name: str = ""
    text: str = ""
    data: Any = None
    node: int = -1


class Asked(Struct, frozen=True, gc=False):
    """A verb as it was performed, with the values it had: what `expect` in a call script looks at."""

    verb: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    alternatives: tuple[Any, ...] = ()
