"""What a check says, and what all of them know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from flowengine.compiler.build import Build
from flowengine.compiler.environment import UnsetVariableError, resolve


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, how it is, and what to do where it is not well."""

    about: str
    level: Level
    message: str
    advice: str = ""


def counted(number: int, thing: str) -> str:
    """A number of things: `1 flow`, `2 flows`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def ok(about: str, message: str) -> Finding:
    """All is well."""
    return Finding(about, Level.OK, message)


def warn(about: str, message: str, advice: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(about, Level.WARN, message, advice)


def fail(about: str, message: str, advice: str) -> Finding:
    """Calls do not work, or not all of them."""
    return Finding(about, Level.FAIL, message, advice)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is looked at.

    `store` is what `open_store` takes; `public_url` has no slash at its end and is empty where nobody has said it;
    `seconds` are for each request.
    """

    root: Path
    build: Build
    store: str
    public_url: str
    environment: Mapping[str, str]
    seconds: float = 5.0

    def table(self, carrier: str) -> dict[str, Any]:
        """A carrier's settings, with what the environment has.

        Raises:
            UnsetVariableError: a variable is not set.
        """
        return resolve(self.build.config.carriers[carrier], self.environment, f"carriers.{carrier}")

    def readable(self) -> dict[str, dict[str, Any]]:
        """The settings of the carriers whose variables are all set, by name."""
        found: dict[str, dict[str, Any]] = {}
        for name in self.build.config.carriers:
            try:
                found[name] = self.table(name)
            except UnsetVariableError:
                continue  # the check of the settings says so
        return found
