"""What is wrong with a flow's calls, with the call that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flowengine.core.commands import Conference, Hangup, Play, Say
from flowengine.core.journal import Entry
from flowengine.core.machine import Turn


class Problem(StrEnum):
    """What is wrong."""

    ERROR = "error"
    LIMIT = "limit"
    WORDLESS = "wordless end"
    ENDLESS = "endless silence"
    TRAPPED = "no way out"
    ROUND = "endless round"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, and where in the flows it shows."""

    problem: Problem
    message: str
    file: str
    line: int


def error_in(turn: Turn) -> tuple[Problem, Entry] | None:
    """The error or limit that this turn reached, if any."""
    for entry in turn.entries:
        if entry.kind == "limit":
            return Problem.LIMIT, entry
        if entry.kind == "error" and entry.name == "error":
            return Problem.ERROR, entry
    return None


def is_wordless(turn: Turn, said: bool, chosen: bool) -> bool:
    """Whether the flow hangs up on a caller who has heard nothing of it.

    Args:
        turn: the turn that ended the call.
        said: whether anything was said since somebody last did something.
        chosen: whether what was done asks for an end: a choice, an input that fits, a connection that was made.
    """
    wait = turn.wait
    if not isinstance(wait, Hangup) or wait.reason != "flow" or said or chosen:
        return False
    return not any(isinstance(command, Say | Play) for command in turn.commands)


def may_last(wait: object) -> bool:
    """Whether a caller may want to stay in this wait for as long as he likes."""
    return isinstance(wait, Conference)
