"""Which lines, branches and outcomes of the flows the calls have taken, and which never."""

from __future__ import annotations

from flowengine.simulator.coverage.coverage import Coverage, Tally
from flowengine.simulator.coverage.points import Key, Kind, Point
from flowengine.simulator.coverage.reader import Reader

__all__ = ["Coverage", "Key", "Kind", "Point", "Reader", "Tally"]
