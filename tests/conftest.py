"""A universe that stands still: every run of the tests sees the same time, ids, seed and surroundings."""

from __future__ import annotations

import itertools
import logging
import os
import random
import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings

from flowengine.runtime.log import LOGGERS

SEED = 20_260_105
"""Of every random number in the tests. 2026-01-05 is also the day on which scripts take place that name none."""

# Far from every zone that a test names, and off by a quarter of an hour: what reads the machine's own zone shows.
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()
for variable in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
    os.environ.pop(variable, None)

settings.register_profile("dev", deadline=None)
# The same examples in every run: a red build must be red because of the change, not because of the dice.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process sets the log up for the whole process: the next test finds it as it
    was."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


@pytest.fixture
def now() -> datetime:
    """Monday, noon in Berlin."""
    return datetime(2026, 1, 5, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def ids() -> Iterator[str]:
    """Ids in the order in which they are asked for: `id-1`, `id-2`."""
    return (f"id-{number}" for number in itertools.count(1))


@pytest.fixture
def rng() -> random.Random:
    """Random numbers that are the same in every run."""
    return random.Random(SEED)
