"""The command line: one file a command, and one list of them in `main`."""

from flowengine.cli.main import main

__all__ = ["main"]
