"""Did you mean: the known word that a misspelt one most likely stands for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

_SHORTEST_PREFIX = 3

_MANY = 100
"""Candidates that are all compared letter by letter; of more, only those that begin or end like the word."""
_NEIGHBOURS = 10
"""How many of those on either side."""


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was most likely meant to be, or None when none is near enough.

    Near is, in this order: the same but for case, `-` and `_` (`callerId` for `caller_id`); one, two or three typing
    mistakes, by the length of the word; the only candidate that `word` is the beginning of (`trans` for `transfer`).
    A wrong suggestion costs the reader more than none, so a word of two letters gets none that differs in a letter.
    The word itself is never suggested. Of two equally near candidates the first in the alphabet is taken.
    """
    return _closest(word, frozenset(candidates))


@lru_cache(maxsize=1024)
def _closest(word: str, candidates: frozenset[str]) -> str | None:
    known = candidates - {word}
    plain = _plain(word)
    same = [candidate for candidate in known if _plain(candidate) == plain]
    if same:
        return min(same)

    allowed = _allowed_mistakes(plain)
    compared: Iterable[str] = known
    if len(known) > _MANY:
        # A file that is wrong a thousand times among a thousand names must not cost minutes.
        compared = _neighbours(plain, candidates) - {word}
    near = [
        (distance, candidate) for candidate in compared if (distance := _distance(plain, candidate, allowed)) <= allowed
    ]
    if near:
        return min(near)[1]

    begun = [candidate for candidate in known if _plain(candidate).startswith(plain)]
    return begun[0] if len(begun) == 1 and len(plain) >= _SHORTEST_PREFIX else None


def _neighbours(plain: str, candidates: frozenset[str]) -> set[str]:
    """The candidates that begin or end most like a word."""
    near: set[str] = set()
    for turned, names in zip((plain, plain[::-1]), _orders(candidates), strict=True):
        at = bisect_left(names, (turned, ""))
        near.update(name for _, name in names[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS])
    return near


@lru_cache(maxsize=8)
def _orders(candidates: frozenset[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The candidates in the order of their beginnings, and of their ends."""
    plain = [(_plain(candidate), candidate) for candidate in candidates]
    return sorted(plain), sorted((word[::-1], candidate) for word, candidate in plain)


@lru_cache(maxsize=16384)
def _plain(word: str) -> str:
    return word.casefold().replace("_", "").replace("-", "")


def _allowed_mistakes(word: str) -> int:
    if len(word) < 3:
        return 0
    if len(word) < 6:
        return 1
    return 2 if len(word) < 10 else 3


def _distance(word: str, candidate: str, most: int) -> int:
    """How many letters were added, left out, changed, or swapped with a neighbour; `most + 1` if more than `most`.

    This is the optimal string alignment distance: a swap (`sya` for `say`), the commonest slip of all, counts as one
    mistake, where the plain edit distance and difflib's ratio see two.
    """
    other = _plain(candidate)
    if abs(len(word) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, start=1):
        previous, row = row, [i]
        for j, target in enumerate(other, start=1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == target:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = previous
    return row[-1]
