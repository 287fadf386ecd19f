"""What was worked out of one flow file, kept while its text stays the same.

After an edit of one file of a project the others are as they were, and so is most of what there is to say of them. The
slot of a file holds its newest text only: a long session with an editor leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from flowengine.compiler.binding import Bound, bind
from flowengine.diagnostics import Diagnostic
from flowengine.language import tree
from flowengine.language.parser import parse_flow
from flowengine.verbs import all_verbs

T = TypeVar("T")

_MOST_FILES = 4096
_MOST_KEPT = 400
"""Results of one flow: about forty checks for a handful of versions of what they depend on."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Results of functions of one flow, by the function and all else that it looks at."""

    results: dict[Hashable, Any] = field(default_factory=dict)

    def recall(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result that is known under `key`, else that of `work`, which is kept."""
        found: T | Memory = self.results.get(key, self)
        if not isinstance(found, Memory):
            return found
        result = work()
        if len(self.results) >= _MOST_KEPT:
            self.results.clear()
        self.results[key] = result
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Same(Generic[T]):
    """A thing that stands in a key for itself alone, whatever is equal to it."""

    thing: T

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.thing is self.thing

    def __hash__(self) -> int:
        return id(self.thing)


@dataclass(frozen=True, slots=True)
class FlowFile:
    """What one flow file gives, whatever the others hold: its tree, its verbs bound, and what is wrong in it alone."""

    text: str
    flow: tree.Flow | None
    uses: Mapping[int, Bound]
    found: tuple[Diagnostic, ...]
    memory: Memory


def flow_file(root: Path, file: str, text: str) -> FlowFile:
    """Parse a file of the project at `root` and bind its verbs, unless that was done with this text before."""
    slot = _slot(root, file)
    known = slot.known
    if known is None or known.text != text:
        known = slot.known = _read(file, text)
    return known


@dataclass(slots=True)
class _Slot:
    known: FlowFile | None = None


@lru_cache(maxsize=_MOST_FILES)
def _slot(_root: Path, _file: str) -> _Slot:
    return _Slot()


def _read(file: str, text: str) -> FlowFile:
    result = parse_flow(text, file)
    if result.flow is None:
        return FlowFile(text, None, {}, result.diagnostics, Memory())
    uses, wrong = bind(result.flow, all_verbs())
    return FlowFile(text, result.flow, uses, (*result.diagnostics, *wrong), Memory())
