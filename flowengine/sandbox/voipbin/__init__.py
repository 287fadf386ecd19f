"""VoIPBIN, embedded: its API and its actions over the simulated phone network."""

from flowengine.sandbox.voipbin.config import VoipbinAccount

__all__ = ["VoipbinAccount"]
