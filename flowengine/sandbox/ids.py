"""Identifiers as carriers make them: a two-letter prefix and 32 hexadecimal digits."""

import random
import secrets


class Ids:
    """A source of identifiers; with a `seed` it gives the same ones each time."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = None if seed is None else random.Random(seed)  # noqa: S311 - repeatable is the purpose

    def __call__(self, prefix: str) -> str:
        """The next identifier with this prefix, like `CA1f…`."""
        if self._random is None:
            return prefix + secrets.token_hex(16)
        return prefix + f"{self._random.getrandbits(128):032x}"
