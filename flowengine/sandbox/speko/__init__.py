"""Speko's documented API over the simulated network."""
