"""The layer that awaits: drivers, stores, effects, timers and reload."""
