"""What a filter, test or function takes, as data: for checks, completion and documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Signature:
    """`least` and `most` count the positional arguments besides the value itself; `keywords` are their names."""

    name: str
    doc: str
    least: int = 0
    most: int = 0
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function or filter of the language, with what it does: `does(scope, …)`."""

    signature: Signature
    does: Callable[..., Any]
