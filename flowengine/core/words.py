"""Words as a caller says them: the one rule for what "as whole words, without case or punctuation" means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text: runs of letters and digits, without case; everything else parts words."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def find(wanted: Sequence[str], said: Sequence[str], start: int = 0) -> int:
    """Where `wanted` stands in `said` as neighbouring words, from `start` on; -1 when it does not."""
    size = len(wanted)
    if not size:
        return -1
    for index in range(start, len(said) - size + 1):
        if said[index] == wanted[0] and list(said[index : index + size]) == list(wanted):
            return index
    return -1
