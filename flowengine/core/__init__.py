"""The call itself: commands, events, the session between two turns, and the machine that takes the turns."""
