"""A message and its translation: whether they fit, and the values that the graph is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flowengine.compiler.binding import Bound
from flowengine.compiler.model import Checked
from flowengine.compiler.translation.catalogue import Catalogue, Entry, Place, read_catalogue
from flowengine.compiler.translation.messages import Message, messages_of
from flowengine.core.graph import DEFAULTS
from flowengine.core.languages import fallbacks
from flowengine.diagnostics import Diagnostic, Label, Severity, Span
from flowengine.expressions.dataflow import flow_of
from flowengine.expressions.evaluate import (
    MISSING,
    Compiled,
    ExpressionError,
    Scope,
    compile_expression,
    compile_template,
)
from flowengine.expressions.speech import counted
from flowengine.expressions.tree import Attribute, Expr, Hole, Item, Literal, Name, Part, Template, children
from flowengine.language import tree
from flowengine.language.parser import parse_template
from flowengine.verbs.base import Translated, Value
from flowengine.verbs.say import escape_ssml, is_ssml_text

BROKEN = "FE318"
OTHER_PLACEHOLDERS = "FE319"

_MOST_KEPT = 50_000
"""Translations of one catalogue that are kept: an editor leaves those of every state of a flow behind."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a catalogue has for a message: the value, None where something is wrong with it."""

    value: Value | None
    found: tuple[Diagnostic, ...]


def catalogues(checked: Checked) -> dict[str, Catalogue]:
    """The project's catalogues that can be read, by language."""
    read = (read_catalogue(file, text) for file, text in checked.sources.readable_catalogues.items())
    return {catalogue.language: catalogue for catalogue, _ in read if catalogue is not None}


def lookup(known: Mapping[str, Catalogue], language: str, name: str) -> tuple[Catalogue, Entry] | None:
    """The translation of a message into a language, or what it falls back to."""
    for tag in fallbacks(language):
        if tag in known and name in known[tag].entries:
            return known[tag], known[tag].entries[name]
    return None


def localized(checked: Checked, flow: tree.Flow) -> Mapping[int, Bound]:
    """The uses of verbs in a flow with the texts that have translations in every language at once."""
    known = catalogues(checked)
    if not known:
        return checked.bound
    bound = {id(use.statement): use for use in checked.uses(flow)}
    for message in messages_of(checked, flow):
        found = {
            catalogue.language: translation.value
            for catalogue in known.values()
            if (entry := catalogue.entries.get(message.id)) is not None
            and (translation := translate(message, catalogue, entry)).value is not None
        }
        use = bound[id(message.bound.statement)]
        written = use.args.get(message.argument)
        if found and written is not None:
            values = {language: value for language, value in found.items() if value is not None}
            changed = {**use.args, message.argument: Translated(written, values)}
            bound[id(message.bound.statement)] = replace(use, args=changed)
    return bound


def apology_of(checked: Checked) -> str:
    """What is said when a call cannot go on; it is no template."""
    return str(checked.config.settings.get("apology", DEFAULTS["apology"]))


def apologies(checked: Checked) -> dict[str, str]:
    """The translations of the apology, by language."""
    text = apology_of(checked)
    found = {language: catalogue.entries.get(text) for language, catalogue in catalogues(checked).items()}
    return {language: entry.forms[0] for language, entry in found.items() if entry is not None}


def translate(message: Message, catalogue: Catalogue, entry: Entry) -> Translation:
    """The value of a message in the language of a catalogue, or what stands in the way."""
    template = message.template
    key = (template.span, template.source, message.bound.verb.name, message.argument)
    known: Translation | None = catalogue.memo.get(key)
    if known is None:
        if len(catalogue.memo) >= _MOST_KEPT:
            catalogue.memo.clear()
        known = catalogue.memo[key] = _translated(message, catalogue, entry)
    return known


def _translated(message: Message, catalogue: Catalogue, entry: Entry) -> Translation:
    found: list[Diagnostic] = []
    templates: list[Template] = []
    for text, place in zip(entry.forms, entry.places, strict=True):
        template, wrong = _parsed(text, place)
        found += wrong
        templates.append(template)
    found += _counted(message, catalogue, entry)
    if not found:
        for template, place in zip(templates, entry.places, strict=True):
            found += _fits(message, template, place)
    if found:
        return Translation(None, tuple(found))
    written = message.bound.args.get(message.argument)
    if written is None:
        return Translation(None, ())  # the text itself is wrong, and that is said where it stands
    escape = escape_ssml if _ssml(message) else None
    try:
        codes = [compile_template(template, escape=escape) for template in templates]
        code = codes[0] if message.plural is None else _plural(message.plural.number, codes, templates, catalogue.form)
    except ExpressionError as error:
        return Translation(None, (_broken(error.message, entry.places[0].span),))
    label = f"{written.label} in `{catalogue.language}`"
    if code.constant is MISSING:
        return Translation(Value(label, written.kind, compiled=code, expr=templates[0]), ())
    return Translation(Value(label, written.kind, constant=code.constant, expr=templates[0]), ())


def _ssml(message: Message) -> bool:
    return message.bound.verb.name == "say" and is_ssml_text(message.template)


def _parsed(text: str, place: Place) -> tuple[Template, tuple[Diagnostic, ...]]:
    """The template of a translation. What is wrong with one that is wrapped in the file is told of it as a whole."""
    template, found = parse_template(text, place.span)
    return template, tuple(
        _broken(finding.message, finding.span if place.exact else place.span, finding.hint) for finding in found
    )


def _counted(message: Message, catalogue: Catalogue, entry: Entry) -> Iterable[Diagnostic]:
    """A translation has one text, or as many as its language has plural forms."""
    if message.plural is None and len(entry.forms) > 1:
        text = "the flow has one text here, and no `plural`: the translation has several forms"
        yield _broken(text, entry.places[0].span)
    elif message.plural is not None and len(entry.forms) == 1 and catalogue.form(1) != catalogue.form(2):
        text = "the flow has two forms here: the entry needs `msgid_plural`, and a `msgstr` for each form"
        yield _broken(text, entry.places[0].span, "`flowengine messages update` writes it")


def _fits(message: Message, template: Template, place: Place) -> Iterable[Diagnostic]:
    if _ssml(message) != (message.bound.verb.name == "say" and is_ssml_text(template)):
        text = "the text is SSML, `<speak>…</speak>`" if _ssml(message) else "the text is no SSML"
        yield _broken(f"{text}: so must be its translation", place.span)
    written, translated = placeholders(message.template), placeholders(template)
    label = Label(message.template.span, "the text that is translated")
    for name in sorted(translated - written):
        text = f"the translation has `{name}`, which the text does not"
        yield Diagnostic(OTHER_PLACEHOLDERS, Severity.ERROR, text, place.span, None, (label,))
    if message.plural is not None:
        written -= placeholders(message.plural.number)  # "one message" needs no number
    for name in sorted(written - translated):
        text = f"the translation lacks `{name}`"
        yield Diagnostic(OTHER_PLACEHOLDERS, Severity.ERROR, text, place.span, None, (label,))


def placeholders(expr: Expr) -> set[str]:
    """What a text reads, with the keys taken of it: `customer.name`. The names that it sets itself are not among
    them."""
    reads = flow_of(expr).reads
    found: set[str] = set()
    stack: list[Expr | Part] = [expr]
    while stack:
        node = stack.pop()
        path = _path(node)
        if path is None:
            stack.extend(children(node))
        elif path.partition(".")[0] in reads:
            found.add(path)
    return found


def _path(node: Expr | Part) -> str | None:
    match node:
        case Name(name=name):
            return name
        case Attribute(of=of, key=key):
            path = _path(of)
            return None if path is None else f"{path}.{key}"
        case Item(of=of, index=Literal(value=value)):
            path = _path(of)
            return None if path is None else f"{path}.{value}"
    return None


def _plural(
    number: Expr, codes: Sequence[Compiled], templates: Sequence[Template], form: Callable[[int], int]
) -> Compiled:
    """The code that says the form of a number."""
    count, last = compile_expression(number), len(codes) - 1

    def run(scope: Scope) -> str:
        whole = counted(count(scope))
        index = last if whole is None else min(form(whole), last)
        return str(codes[index](scope))

    parts = [part for template in templates for part in template.parts]
    return Compiled(Template((Hole(number, number.span), *parts), number.span), run)


def _broken(message: str, span: Span, hint: str | None = None) -> Diagnostic:
    return Diagnostic(BROKEN, Severity.ERROR, message, span, hint)
