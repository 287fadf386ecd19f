"""What a filter, test or function takes, as data: for checks, completion and documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["any", "text", "number", "truth", "list", "dict", "time"]
"""The kind of a value as far as a signature knows it. `text` takes numbers too; a `time` is ISO 8601 text."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How something with a name is used, and a line of documentation.

    `least` and `most` count the arguments besides the value that a filter or test stands behind; `most` is None when
    there may be any number. `keywords` are the names of the arguments, in their order. `takes` and `gives` are the
    kinds of that value and of the result.
    """

    name: str
    doc: str
    least: int = 0
    most: int | None = 0
    keywords: tuple[str, ...] = ()
    takes: Kind = "any"
    gives: Kind = "any"

    def refuses(self, positional: int, keywords: tuple[str, ...]) -> str | None:
        """What is wrong with a use of that many positional arguments and these keywords, in plain words; or None."""
        if self.most is None:
            return None
        for keyword in keywords:
            if keyword not in self.keywords:
                return f"`{self.name}` has no argument `{keyword}`"
        twice = next((word for word in keywords if word in self.keywords[:positional]), None)
        if twice is not None:
            return f"`{self.name}` is given `{twice}` twice"
        given = positional + len(keywords)
        if self.least <= given <= self.most and all(
            name in keywords for name in self.keywords[positional : self.least]
        ):
            return None
        if self.least == self.most:
            count = "no argument" if self.most == 0 else "1 argument" if self.most == 1 else f"{self.most} arguments"
        else:
            count = f"{self.least} to {self.most} arguments"
        return f"`{self.name}` takes {count}, not {given}"


@dataclass(frozen=True, slots=True)
class Function:
    """A function or filter of the language, with what it does: `does(scope, …)`."""

    signature: Signature
    does: Callable[..., Any]
