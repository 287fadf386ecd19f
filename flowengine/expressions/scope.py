"""What an expression can read while it is evaluated, and what it has used up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from flowengine.expressions.calendars import Calendar
from flowengine.expressions.errors import BudgetExceeded
from flowengine.expressions.values import Value, weight

MOST_ROUNDS = 10_000
"""Rounds of all loops of one template together."""
MOST_WORK = 100_000
"""Work of one evaluation that goes round in loops, in units of about half a microsecond."""

_WORK_OF_A_ROUND = 2


class Meter:
    """Counts what one evaluation does, so that no number a caller typed keeps the call waiting."""

    __slots__ = ("rounds", "work")

    def __init__(self) -> None:
        self.rounds = 0
        self.work = 0

    def round(self) -> None:
        """One more round of a loop.

        Raises:
            BudgetExceeded: there were too many.
        """
        self.rounds += 1
        self.charge(_WORK_OF_A_ROUND)
        if self.rounds > MOST_ROUNDS:
            raise BudgetExceeded(f"the loops of this text go round more than {MOST_ROUNDS} times")

    def charge(self, units: int) -> None:
        """Count work.

        Raises:
            BudgetExceeded: it was too much.
        """
        self.work += units
        if self.work > MOST_WORK:
            raise BudgetExceeded("this takes too much work")


def work_of(value: Value) -> int:
    """The work of comparing or copying a value, in units of a meter."""
    if isinstance(value, str):
        return len(value) // 16
    return weight(value, MOST_WORK) if isinstance(value, list | dict) else 1


@dataclass(slots=True, eq=False)
class Scope:
    """What an expression can read: a flow's variables, then what every flow can read.

    `now` is an aware datetime, `zone` the project's time zone, `text_limit` in characters. Not frozen, since one is
    made in every turn, but nothing changes it once it is made.
    """

    variables: Mapping[str, Value]
    globals: Mapping[str, Value] = field(default_factory=dict)
    language: str = "en-US"
    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)
    zone: tzinfo = UTC
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    text_limit: int = 10_000
    meter: Meter | None = field(default=None, repr=False)

    def with_variables(self, variables: Mapping[str, Value]) -> Scope:
        """The same with other variables."""
        return Scope(
            variables,
            self.globals,
            self.language,
            self.now,
            self.zone,
            self.calendars,
            self.text_limit,
            self.meter,
        )

    def metered(self) -> Scope:
        """The same with a new meter."""
        scope = self.with_variables(self.variables)
        scope.meter = Meter()
        return scope
