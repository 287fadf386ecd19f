"""The embedded carrier: a phone network of our own, and the carriers' documented APIs on top of it."""

from flowengine.sandbox.clock import Clock, RealClock, VirtualClock
from flowengine.sandbox.config import NumberConfig, SandboxConfig
from flowengine.sandbox.happenings import Happening
from flowengine.sandbox.network.behaviour import Behaviour
from flowengine.sandbox.network.handset import Handset
from flowengine.sandbox.network.leg import Awaiting, Heard, LegState
from flowengine.sandbox.sandbox import Sandbox

__all__ = [
    "Awaiting",
    "Behaviour",
    "Clock",
    "Handset",
    "Happening",
    "Heard",
    "LegState",
    "NumberConfig",
    "RealClock",
    "Sandbox",
    "SandboxConfig",
    "VirtualClock",
]
