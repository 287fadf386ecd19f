"""The checks: one file each, and the one list of them."""

from __future__ import annotations

from flowengine.compiler.checks.check import Check

CHECKS: tuple[Check, ...] = ()
"""Every check, in the order of its codes."""
