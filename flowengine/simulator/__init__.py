"""Calls without a network: a phone on a clock of its own, and the scripts that use it."""
