"""FE317: a catalogue that cannot be read; FE318: a translation that is no text of the language; FE319: one with other
placeholders than its text; FE353: a text without a translation.

Only where the project has catalogues: a project in one language needs none.
"""

from __future__ import annotations

from collections.abc import Hashable

from flowengine.compiler.checks.check import Check, Found, warning
from flowengine.compiler.model import Checked
from flowengine.compiler.translation.catalogue import Catalogue, read_catalogue
from flowengine.compiler.translation.messages import Message, messages_of, project_language
from flowengine.compiler.translation.translate import apology_of, catalogues, lookup, translate
from flowengine.core.languages import same_language
from flowengine.diagnostics import Diagnostic
from flowengine.language import tree


def _run(checked: Checked) -> Found:
    for file, text in checked.sources.readable_catalogues.items():
        yield from read_catalogue(file, text)[1]
    known = catalogues(checked)
    if not known:
        return
    for flow in checked.files.values():
        yield from checked.recall(flow, _of_flow, checked.sources.written_catalogues)
    text = apology_of(checked)
    lacking = _lacking(text, project_language(checked), known)
    if lacking:
        span = checked.config.value_span("settings", "apology")
        yield warning("FE353", f"the apology has no translation into {lacking}: `{text}`", span)


def _of_flow(checked: Checked, flow: tree.Flow, _texts: Hashable) -> tuple[Diagnostic, ...]:
    """The findings in the translations of a flow's messages."""
    known = catalogues(checked)
    found: list[Diagnostic] = []
    for message in messages_of(checked, flow):
        for catalogue in known.values():
            entry = catalogue.entries.get(message.id)
            if entry is not None:
                found += translate(message, catalogue, entry).found
        found += _missing(message, known)
    return tuple(found)


def _missing(message: Message, known: dict[str, Catalogue]) -> Found:
    lacking = _lacking(message.id, message.language, known)
    if lacking:
        where = f"in the step `{message.step}` of" if message.step else "in the header of"
        text = f"this text has no translation into {lacking}: it is heard {where} `{message.flow}`"
        hint = "`flowengine messages update` puts it into the catalogues"
        yield warning("FE353", text, message.template.span, hint)


def _lacking(name: str, written_in: str, known: dict[str, Catalogue]) -> str:
    """The languages that a text has no translation into, as words; empty where there are none."""
    tags = [tag for tag in known if not same_language(tag, written_in) and lookup(known, tag, name) is None]
    return ", ".join(f"`{tag}`" for tag in sorted(tags))


CHECK = Check(("FE317", "FE318", "FE319", "FE353"), _run)
