"""The files of a project, found where its configuration says that they are."""

from __future__ import annotations

from pathlib import Path

from flowengine.compiler.config import parse_config
from flowengine.compiler.sources import CONFIG_FILE, Sources, read


def read_project(root: Path) -> Sources:
    """Read the project at `root`.

    Raises:
        OSError: a file that is there cannot be read.
    """
    path = root / CONFIG_FILE
    config, _ = parse_config(path.read_text("utf-8", "replace") if path.is_file() else None, CONFIG_FILE)
    table = config.project_table
    return read(root, table.flows, table.audio, table.locale)
