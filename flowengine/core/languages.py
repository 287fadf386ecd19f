"""Languages by their BCP 47 tags, and what stands in for one that a project does not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")


@lru_cache(maxsize=256)
def fallbacks(language: str) -> tuple[str, ...]:
    """The language and those that it falls back to, in lower case: `es-MX` gives `es-mx`, `es`."""
    parts = language.replace("_", "-").lower().split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def same_language(one: str, other: str) -> bool:
    """Whether both are the same language, spoken in whatever country."""
    return fallbacks(one)[-1] == fallbacks(other)[-1]


def in_language(language: str, values: Mapping[str, T]) -> T | None:
    """The value for a language, or for the nearest that it falls back to; `values` are by tag in lower case."""
    if values:
        for tag in fallbacks(language):
            if tag in values:
                return values[tag]
    return None


def recorded(name: str, language: str, recordings: Mapping[str, str]) -> str | None:
    """The recording `name` in a language, or in what it falls back to: `welcome.wav` in `es-MX` may be
    `es/welcome.wav`. None where there is none.

    `recordings` is what `recordings_of` gives.
    """
    if recordings:
        for tag in fallbacks(language):
            if f"{tag}/{name}" in recordings:
                return recordings[f"{tag}/{name}"]
    return None


def recordings_of(files: Iterable[str]) -> dict[str, str]:
    """The audio files in a folder, by their names with the folder as a language in lower case."""
    return {
        f"{fallbacks(folder)[0]}/{name}": f"{folder}/{name}"
        for folder, slash, name in (file.partition("/") for file in files)
        if slash
    }
