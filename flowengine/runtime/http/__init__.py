"""Requests that leave: those of flows, guarded, and those to carriers."""
