"""How much of each thing: what fits beside all other tests, or with `SIZE=full` what the report is held to."""

import os

IS_FULL = os.environ.get("SIZE") == "full"


def size(small: int, full: int) -> int:
    """So many of something."""
    return full if IS_FULL else small
