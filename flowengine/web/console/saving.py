"""A call kept as a script in the project's folder of tests."""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = "calls"
"""Where scripts are kept, below the project's folder."""

_NAME = re.compile(r"[\w][\w .+-]{0,79}")


class BadNameError(ValueError):
    """A script cannot have this name; the message tells why, in words for the person who typed it."""


def save(root: Path, name: str, text: str) -> str:
    """Write a script that is new; the file, relative to `root`.

    Raises:
        BadNameError: it is no name of a file, or there is one already.
        OSError: it cannot be written.
    """
    stem = name.strip().removesuffix(".call").strip()
    if not _NAME.fullmatch(stem) or stem.endswith("."):
        raise BadNameError(
            "A name is made of letters, digits, spaces, dots, and - + _; it begins with a letter or digit."
        )
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    if folder.resolve() != root.resolve() / FOLDER:
        raise BadNameError(f"{FOLDER} leads out of the project.")
    file = folder / f"{stem}.call"
    try:
        # Made anew or not at all: what is there, and what a link there leads to, stays as it is.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise BadNameError(f"There is a file {FOLDER}/{file.name} already.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    return f"{FOLDER}/{file.name}"
