"""What several checks need to know of a flow: its names, its choices, and the ways a call can take through it."""
