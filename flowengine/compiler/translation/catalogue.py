"""One catalogue: the text of a `.po` file, read by Babel, with the place of every translation."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import c2py
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from flowengine.core.languages import fallbacks
from flowengine.diagnostics import Diagnostic, Severity, Span

UNREADABLE = "FE317"

_LINE = re.compile(r'[ \t]*(msgid(?=[ \t"])|msgstr(?:\[(\d+)\])?)[ \t]*"((?:[^"\\]|\\.)*)"')
_ANY_LINE = re.compile(r'\s*(?:#.*|(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s*)?"(?:[^"\\]|\\.)*"\s*)?')
_CONTINUED = re.compile(r'[ \t]*"(?!"[ \t]*$)')


@dataclass(frozen=True, slots=True)
class Place:
    """Where a translation stands. `exact`: its characters stand in the file just as they are in the text."""

    span: Span
    exact: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A translation: its text, or one for each plural form of the language, with their places."""

    forms: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The translations into one language by message id; those that are empty or fuzzy are not among them.

    `language` is its tag in lower case. `form` gives for a number the index of its plural form. `memo` keeps what was
    made of the translations, so that an edit of a flow does not cost all of them.
    """

    file: str
    language: str
    entries: Mapping[str, Entry]
    form: Callable[[int], int]
    memo: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)


@lru_cache(maxsize=64)
def read_catalogue(file: str, text: str) -> tuple[Catalogue | None, tuple[Diagnostic, ...]]:
    """Read the text of a catalogue, with what is wrong in it as a whole; it is None where nothing can be read.

    `file` is its name in the project: the folder above `LC_MESSAGES` is the language.
    """
    named = PurePosixPath(file).parts[-3]
    try:
        locale = Locale.parse(named.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        hint = "the folder of a catalogue is named by its language, such as `de` or `es-MX`"
        return None, (_unreadable(f"`{named}` is no language", file, 1, hint),)
    for number, line in enumerate(text.split("\n"), start=1):
        if _ANY_LINE.fullmatch(line) is None:
            # Babel passes over much of what gettext's own tools refuse.
            return None, (_unreadable("this is no line of a gettext catalogue", file, number),)
    try:
        catalog = read_po(io.StringIO(text), locale=locale, abort_invalid=True)
        form = c2py(catalog.plural_expr)
    except PoFileError as error:
        return None, (_unreadable(f"this is no gettext catalogue: {error}", file, (error.lineno or 0) + 1),)
    except (ValueError, TypeError) as error:
        return None, (_unreadable(f"the header of the catalogue cannot be read: {error}", file, 1),)
    return Catalogue(file, fallbacks(named)[0], _entries(catalog, _places(text, file)), form), ()


def _unreadable(message: str, file: str, line: int, hint: str | None = None) -> Diagnostic:
    return Diagnostic(UNREADABLE, Severity.ERROR, message, Span(file, line, 1, line, 1), hint)


def _entries(catalog: Catalog, places: Mapping[int, Mapping[int, Place]]) -> Mapping[str, Entry]:
    entries: dict[str, Entry] = {}
    for message in catalog:
        if not message.id or message.context is not None or message.fuzzy:
            continue
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        known = places.get(message.lineno or 0)
        if known is None or not forms or not all(forms):
            continue
        nearest = next(iter(known.values()))
        name = message.id if isinstance(message.id, str) else message.id[0]
        entries[name] = Entry(forms, tuple(known.get(number, nearest) for number in range(len(forms))))
    return MappingProxyType(entries)


def _places(text: str, file: str) -> dict[int, dict[int, Place]]:
    """The places of the translations of each message, by the line of its `msgid` and the number of the form: Babel
    knows only the former."""
    places: dict[int, dict[int, Place]] = {}
    lines = text.split("\n")
    begun = 0
    for number, line in enumerate(lines, start=1):
        found = _LINE.match(line)
        if found is None:
            continue
        if found[1] == "msgid":
            begun = number
            continue
        start, end = found.span(3)
        continued = number < len(lines) and _CONTINUED.match(lines[number]) is not None
        span = Span(file, number, start + 1, number, end + 1)
        if continued or start == end:
            span = Span(file, number, found.start(1) + 1, number, len(line.rstrip()) + 1)
        place = Place(span, not continued and "\\" not in found[3])
        places.setdefault(begun, {})[int(found[2] or 0)] = place
    return places
