"""An operation of a carrier's API as a value: the request, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flowengine.carriers.contract import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A request; `read` makes its result from the JSON of the answer, and raises ValueError when that is not as
    documented."""

    request: Request
    read: Callable[[Any], T]


def nothing(_answer: Any) -> None:
    """The result of an operation whose answer says nothing."""
