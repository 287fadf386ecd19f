"""What translators are given: the project's messages as a gettext template, and the catalogues brought up to date."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from flowengine.compiler.model import Checked
from flowengine.compiler.translation.messages import messages, project_language
from flowengine.compiler.translation.translate import apology_of
from flowengine.core.languages import same_language

_FORMATS = frozenset({"python-format", "python-brace-format"})
_UNKNOWN = re.compile(r'^".*(?:EMAIL@ADDRESS|YEAR-MO-DA|FULL NAME|@li\.org| VERSION\\n).*\n', re.MULTILINE)
"""The lines of a header in which nobody has written anything yet."""
_CREATED = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Updated:
    """A catalogue brought up to date: its text, and how many of its messages are translated, changed or new."""

    text: str
    translated: int
    fuzzy: int
    missing: int


def template(checked: Checked, language: str = "") -> Catalog:
    """The messages of the project, each with the places where it is heard; for one language, those that it needs."""
    catalog = Catalog(project="flows", header_comment="# The texts of the flows.", charset="utf-8", fuzzy=False)
    if not (language and same_language(language, project_language(checked))):
        span = checked.config.value_span("settings", "apology")
        catalog.add(
            apology_of(checked),
            locations=[(span.file, span.line)],
            auto_comments=["said when a call cannot go on; no template: {{ }} is said as it stands"],
        )
    for message in messages(checked):
        if language and same_language(language, message.language):
            continue
        place = f"the step {message.step}" if message.step else "the header"
        names = (message.id,) if message.plural is None else (message.id, message.plural.id)
        catalog.add(
            message.id if message.plural is None else names,
            locations=[(message.template.span.file, message.template.span.line)],
            auto_comments=[f"{message.bound.verb.name} in {place} of {message.flow}"],
        )
    return catalog


def update(checked: Checked, language: str, text: str | None) -> Updated:
    """The catalogue of a language with the project's messages as they are now; `text` is its text so far.

    What is gone is kept as obsolete, what has changed a little keeps its translation, marked `fuzzy` for a translator
    to look at.

    Raises:
        ValueError: `text` is no catalogue.
    """
    name = language.replace("-", "_")
    if text is None:
        catalog = Catalog(
            locale=name, project="flows", header_comment="# The texts of the flows.", charset="utf-8", fuzzy=False
        )
    else:
        catalog = read_po(io.StringIO(text), locale=name, abort_invalid=True)
    catalog.update(template(checked, language), update_creation_date=False)
    named = [message for message in catalog if message.id]
    fuzzy = sum(1 for message in named if message.fuzzy)
    translated = sum(1 for message in named if not message.fuzzy and _is_whole(message.string))
    return Updated(written(catalog), translated, fuzzy, len(named) - fuzzy - translated)


def _is_whole(translation: str | list[str] | tuple[str, ...] | None) -> bool:
    return bool(translation) and (isinstance(translation, str) or all(translation or ()))


def written(catalog: Catalog) -> str:
    """The text of a catalogue, a message on one line, so that a change of one is a change of one line."""
    for message in catalog:
        # A per cent sign or a brace makes Babel take a message for one of Python's formats.
        message.flags -= _FORMATS
    file = io.BytesIO()
    write_po(file, catalog, width=0, include_previous=True)
    header, blank, rest = file.getvalue().decode("utf-8").partition("\n\n")
    return _UNKNOWN.sub("", header + "\n").rstrip("\n") + blank + rest


def same_but_for_its_date(one: str, other: str) -> bool:
    """Whether two templates differ in nothing but the time when they were made."""
    return _CREATED.sub("", one) == _CREATED.sub("", other)
