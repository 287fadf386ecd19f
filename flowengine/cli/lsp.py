"""`flowengine lsp`: the language server, for an editor to start."""

from __future__ import annotations

import argparse

from flowengine.cli.main import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Editors pass `--stdio`; it is the only way there is."""
    parser.add_argument("--stdio", action="store_true", help="speak over standard input and output (the default)")


def run(options: argparse.Namespace) -> int:
    """Serve until the editor ends it."""
    try:
        from flowengine.languageserver.server import make_server
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        raise UsageError("the language server needs an extra: pip install 'flowengine[lsp]'") from error
    make_server().start_io()
    return 0
