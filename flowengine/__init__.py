"""Flowengine: a declarative IVR and call-flow engine."""

__version__ = "0.1.0"
