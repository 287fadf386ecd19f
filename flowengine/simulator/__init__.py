"""Calls without a network: scripts, the terminal phone and coverage."""
