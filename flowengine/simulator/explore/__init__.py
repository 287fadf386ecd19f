"""Walks every behaviour of a caller through the real machine, and writes the scripts that no test has."""

from __future__ import annotations

from flowengine.simulator.explore.explorer import Bounds, Exploration, beginning_flows, explore
from flowengine.simulator.explore.findings import Finding
from flowengine.simulator.explore.scripts import Written, write_scripts

__all__ = ["Bounds", "Exploration", "Finding", "Written", "beginning_flows", "explore", "write_scripts"]
