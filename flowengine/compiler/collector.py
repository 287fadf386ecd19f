"""Python's garbage collector, out of the way while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collection inside.

    Trees, findings and graphs are kept, so each collection while they are made looks through all of them for nothing:
    a project of 10,800 statements takes 1.8 s instead of 2.5. Two at once in threads may collect early, no more.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
