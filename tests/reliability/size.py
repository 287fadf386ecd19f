"""How much of each thing, and how strictly time is kept.

`SIZE=full` runs what the report is held to, else what fits beside all other tests. `ALONE=1`, as the report sets it,
tells that nothing else runs on the machine.
"""

import os

ALONE = "ALONE"
IS_FULL = os.environ.get("SIZE") == "full"

_PATIENCE = 5


def size(small: int, full: int) -> int:
    """So many of something."""
    return full if IS_FULL else small


def within(seconds: float) -> float:
    """The time that is asserted: as promised in the report; among other tests, whose load is not ours, five times it,
    so that a stop is seen and a busy machine is not."""
    return seconds if os.environ.get(ALONE) == "1" else _PATIENCE * seconds
