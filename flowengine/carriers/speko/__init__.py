"""Speko: numbers, verification, and calls onto its own voice agents. It runs no flows of ours."""
