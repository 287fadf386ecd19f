"""Lists that come in pages, as one list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")
C = TypeVar("C", bound=Hashable)


async def collect(
    ask: Callable[[C], Awaitable[tuple[Sequence[T], C | None]]], start: C, limit: int | None = None
) -> list[T]:
    """All entries, or the first `limit`.

    `ask` gives the page at a place, and the place of the next one: None after the last. A place that comes again is the
    end as well, so that a carrier that is at fault does not keep us for ever.
    """
    found: list[T] = []
    place: C | None = start
    seen: set[C] = set()
    while place is not None and place not in seen and (limit is None or len(found) < limit):
        seen.add(place)
        page, place = await ask(place)
        found += page
    return found[:limit]
