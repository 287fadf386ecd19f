"""What a script says of the world around the call: the answers of services, full rooms, texts that fail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from flowengine.core.events import Fetched
from flowengine.core.graph import Program
from flowengine.core.policy import Hosts

RECORDINGS = "recordings.invalid"
"""The host of the simulated recordings. A flow may play back what it has recorded, as it may with a carrier."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answers to every request whose URL matches; `*` matches anything. `delay` is in seconds."""

    url: str
    status: int = 200
    body: Any = ""
    delay: float = 0
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome that happens to every `verb` (`sms`, `conference`, `queue`) to or of a matching name."""

    verb: str
    name: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Variable:
    """Another value for one of the project's `[vars]`."""

    name: str
    value: Any


Given = Answer | Outcome | Variable


class NoAnswerGivenError(Exception):
    """The flow fetched a URL for which no answer was given."""

    def __init__(self, url: str) -> None:
        super().__init__(f"the flow fetches {url}, and no `given fetch` above this line answers it")
        self.url = url


@dataclass(slots=True)
class World:
    """The answers given so far; of several that match, the last counts."""

    program: Program
    answers: list[Answer] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        project = self.program.project
        if RECORDINGS not in project.hosts.patterns:
            self.program = replace(
                self.program, project=replace(project, hosts=Hosts((*project.hosts.patterns, RECORDINGS)))
            )

    def give(self, given: Given) -> None:
        """From now on it is so."""
        match given:
            case Answer():
                self.answers.append(given)
            case Outcome():
                self.outcomes.append(given)
            case Variable(name=name, value=value):
                project = self.program.project
                variables = {**project.variables, name: value}
                self.program = replace(self.program, project=replace(project, variables=variables))

    def outcome(self, verb: str, name: str) -> str | None:
        """What happens to `verb`, or None where nothing was said of it."""
        for given in reversed(self.outcomes):
            if given.verb == verb and matches(given.name, name):
                return given.outcome
        return None

    def fetch(self, url: str, timeout: float, retries: int, at: float) -> Fetched:
        """The answer to a request made at `at`; its own `at` is when it comes.

        Raises:
            NoAnswerGivenError: nothing was said of this URL.
        """
        for given in reversed(self.answers):
            if matches(given.url, url):
                break
        else:
            raise NoAnswerGivenError(url)
        if given.delay > timeout:
            return Fetched(at + timeout * (retries + 1), error="timeout")
        if given.fails:
            return Fetched(at + given.delay, error="the service cannot be reached")
        return Fetched(at + given.delay, given.status, given.body)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is `pattern`, where each `*` stands for anything."""
    return _pattern(pattern).fullmatch(text) is not None
