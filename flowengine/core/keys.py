"""Which keys make an input: the rules of menus and gathers, the same for every carrier and for the simulator.

Keys are text of `0-9 * # A-D` and stay text. A collector looks at all keys typed so far and tells one of three
things: the input is `Complete`, it does not fit (`Misfit`), or it is still `Open`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KEYS = frozenset("0123456789*#ABCD")
DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Complete:
    """The input is there; `rest` was typed ahead of the next one.

    `full`: it ended by its length, not by a key.
    """

    value: str
    rest: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """A flow-wide key interrupted the input."""

    key: str
    rest: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """What was typed fits nothing; all of it is dropped."""

    typed: str


@dataclass(frozen=True, slots=True)
class Open:
    """More may come."""


Collected = Complete | Pressed | Misfit | Open
OPEN = Open()


class Choices:
    """The keys of a menu, with what each leads to, and the flow-wide keys beside them."""

    __slots__ = ("keys", "longest", "of", "prefixes", "presses")

    def __init__(self, choices: Mapping[str, int], presses: Iterable[str] = ()) -> None:
        self.of = dict(choices)
        self.keys = tuple(self.of)
        self.presses = tuple(key for key in presses if key not in self.of)
        self.prefixes = {key[:end] for key in self.of for end in range(1, len(key))}
        self.longest = max((len(key) for key in (*self.of, *self.presses)), default=1)

    def collect(self, typed: str, final: bool) -> Collected:
        """The shortest beginning of `typed` that is a choice and not the beginning of a longer one.

        `final` tells that no more keys will come: then a choice that begins a longer one counts.
        """
        best: str | None = None
        for end in range(1, len(typed) + 1):
            key = typed[:end]
            if key in self.prefixes:
                if key in self.of or key in self.presses:
                    best = key
                continue
            if key in self.of:
                return Complete(key, typed[end:])
            if key in self.presses:
                return Pressed(key, typed[end:])
            return Misfit(typed)
        if not typed or not final:
            return OPEN
        if best == typed:
            return Complete(best, "") if best in self.of else Pressed(best, "")
        return Misfit(typed)


@dataclass(frozen=True, slots=True)
class Digits:
    """What a gather takes: from `shortest` to `longest` digits (None: any number), ended by a key of `finish`."""

    shortest: int
    longest: int | None
    finish: str
    presses: tuple[str, ...] = ()

    def collect(self, typed: str, final: bool) -> Collected:
        """The input that `typed` begins with.

        An input of no digits fits only where `shortest` is 0.
        """
        for index, key in enumerate(typed):
            if key in self.finish:
                return Complete(typed[:index], typed[index + 1 :]) if index >= self.shortest else Misfit(typed)
            if key in self.presses:
                return Pressed(key, typed[index + 1 :])
            if key not in DIGITS:
                return Misfit(typed)
            if index + 1 == self.longest:
                rest = typed[index + 1 :]
                if rest and rest[0] in self.finish:
                    return Complete(typed[: index + 1], rest[1:])
                return Complete(typed[: index + 1], rest, full=True)
        if not final or not typed:
            return OPEN
        return Complete(typed, "") if len(typed) >= self.shortest else Misfit(typed)
