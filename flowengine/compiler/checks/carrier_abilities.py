"""FE501 and FE551: what the carrier of a number cannot do, or only partly, in the flows that the number leads to.

Only for carriers that the project names, or configures as its only one: the embedded carrier is for trying things out.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.choices import choices
from flowengine.compiler.analysis.reads import flow_expressions, reads
from flowengine.compiler.binding import Bound
from flowengine.compiler.checks.check import Check, Found, error, warning
from flowengine.compiler.memory import Same
from flowengine.compiler.model import Abilities, Ability, Checked
from flowengine.diagnostics import Diagnostic, Label, Span
from flowengine.diagnostics.suggest import closest
from flowengine.language import tree
from flowengine.verbs.base import Handler, Value
from flowengine.verbs.menu import keys_of

EMBEDDED = "embedded"


def _run(checked: Checked) -> Found:
    if not checked.carriers:
        return
    told: set[tuple[str, Span]] = set()
    for number in checked.config.numbers:
        carrier = carrier_of(checked, number)
        if carrier is None:
            continue
        abilities = checked.carriers.get(carrier)
        if abilities is None:
            yield from _unknown(checked, number, carrier)
            continue
        label = Label(checked.config.key_span("numbers", number), f"{carrier} answers this number")
        if not abilities.runs_flows:
            yield error("FE501", f"{carrier} only places calls: it cannot answer a number with a flow", label.span)
            continue
        for flow in _flows(checked, checked.config.numbers[number].flow, {}).values():
            for finding in checked.recall(flow, _of_flow, carrier, Same(abilities), label):
                if (carrier, finding.span) not in told:
                    told.add((carrier, finding.span))
                    yield finding


def carrier_of(checked: Checked, number: str) -> str | None:
    """The name of the carrier that a number is reached over; None for the embedded one."""
    named = checked.config.numbers[number].carrier
    if named is None and len(checked.config.carriers) == 1:
        named = next(iter(checked.config.carriers))
    return None if named == EMBEDDED else named


def _unknown(checked: Checked, number: str, carrier: str) -> Iterator[Diagnostic]:
    if carrier in checked.config.carriers:
        return  # it is configured: who connects it knows it
    near = closest(carrier, {*checked.carriers, *checked.config.carriers, EMBEDDED})
    hint = f"did you mean `{near}`?" if near else None
    span = checked.config.value_span("numbers", number, "carrier")
    yield error("FE218", f"there is no carrier `{carrier}`", span, hint)


def _flows(checked: Checked, name: str, seen: dict[str, tree.Flow]) -> dict[str, tree.Flow]:
    """A flow and those that it runs, by name."""
    flow = checked.flows.get(name)
    if flow is not None and name not in seen:
        seen[name] = flow
        for run in checked.runs(flow):
            _flows(checked, run.flow.text, seen)
    return seen


def _of_flow(
    checked: Checked, flow: tree.Flow, carrier: str, abilities: Same[Abilities], label: Label
) -> tuple[Diagnostic, ...]:
    uses = [finding for bound in checked.uses(flow) for finding in _use(bound, carrier, abilities.thing, label)]
    return (*uses, *_reads(checked, flow, carrier, abilities.thing, label))


def _reads(checked: Checked, flow: tree.Flow, carrier: str, abilities: Abilities, label: Label) -> Iterator[Diagnostic]:
    """What a flow reads of the call and the carrier does not tell: named once."""
    told: set[str] = set()
    for expr in flow_expressions(checked, flow):
        for read in reads(expr):
            key = None if read.attribute is None or read.name.name != "call" else read.attribute.key
            ability = None if key is None else abilities.of.get(f"call.{key}")
            if key is not None and ability is not None and key not in told:
                told.add(key)
                yield from _judged(f"`call.{key}`", ability, carrier, read.name.span, label)


def _use(bound: Bound, carrier: str, abilities: Abilities, label: Label) -> Iterator[Diagnostic]:
    verb = bound.verb.name
    ability = abilities.of.get(verb)
    if ability is None:
        yield error("FE501", f"{carrier} cannot do `{verb}`", bound.statement.name.span, None, label)
        return
    yield from _judged(f"`{verb}`", ability, carrier, bound.statement.name.span, label)
    names = {option.name.text: option.name.span for option in bound.statement.options}
    for name, expr in bound.exprs.items():
        ability = abilities.of.get(f"{verb}.{name}")
        value = bound.args.get(name)
        if (
            ability is None
            or (ability.fractions and _is_whole(value))
            or (value is not None and value.constant is False)
        ):
            continue
        span = names.get(name, expr.span)
        if f"{verb}.{name}" == "gather.speech" and "digits" in bound.exprs and ability.level == "no":
            # Keys do it, too.
            yield warning("FE551", f"{carrier} hears only the keys of this `{verb}`", span, ability.note or None, label)
        else:
            yield from _judged(f"`{name}` of `{verb}`", ability, carrier, span, label)
    yield from _content(bound, carrier, abilities, label)
    for handler in bound.handlers:
        ability = _of_outcome(abilities, verb, handler)
        if ability is not None:
            yield from _judged(f"`on {handler.name}` of `{verb}`", ability, carrier, handler.span, label)


def _content(bound: Bound, carrier: str, abilities: Abilities, label: Label) -> Iterator[Diagnostic]:
    """What stands in a verb's block or its target and has no name of its own."""
    verb = bound.verb.name
    words = abilities.of.get(f"{verb}: words")
    if words is not None:
        yield from _words(bound, words, carrier, label)
    prompts = abilities.of.get(f"{verb}: prompts")
    if prompts is not None and bound.content:
        yield from _judged(f"the prompts of `{verb}`", prompts, carrier, bound.content[0].span, label)
    queue = abilities.of.get(f"{verb}: queue")
    target = bound.exprs.get("to")
    if queue is not None and target is not None and _begins(bound.args.get("to"), "queue:"):
        yield from _judged(f"`{verb}` to a queue", queue, carrier, target.span, label)


def _words(bound: Bound, ability: Ability, carrier: str, label: Label) -> Iterator[Diagnostic]:
    """Words that are the only way to a choice are an error, those beside a key are only not heard; each told once."""
    told: set[str] = set()
    for choice in choices(bound.content):
        spoken = [value for value in choice.when.values if keys_of(value) is None]
        if not spoken:
            continue
        level = "partly" if len(spoken) < len(choice.when.values) else ability.level
        if level in told or level == "full":
            continue
        told.add(level)
        make, code = (error, "FE501") if level == "no" else (warning, "FE551")
        yield make(code, f"{carrier} does not hear the words of a menu", spoken[0].span, ability.note or None, label)


def _begins(value: Value | None, beginning: str) -> bool:
    """Whether a text, or one of a list, is known to begin so."""
    constant = None if value is None else value.constant
    texts = constant if isinstance(constant, list | tuple) else [constant]
    return any(isinstance(text, str) and text.startswith(beginning) for text in texts)


def _of_outcome(abilities: Abilities, verb: str, handler: Handler) -> Ability | None:
    named = f"{verb}: {handler.name}"
    exact = None if handler.argument is None else abilities.of.get(f"{named} {handler.argument}")
    return exact or abilities.of.get(named)


def _judged(what: str, ability: Ability, carrier: str, span: Span, label: Label) -> Iterator[Diagnostic]:
    if ability.level == "no":
        yield error("FE501", f"{carrier} cannot do {what}", span, ability.note or None, label)
    elif ability.level == "partly":
        yield warning("FE551", f"{carrier} can do {what} only partly", span, ability.note or None, label)


def _is_whole(value: Value | None) -> bool:
    """Whether a time is known to be whole seconds."""
    return value is not None and isinstance(value.constant, int | float) and float(value.constant).is_integer()


CHECK = Check(("FE218", "FE501", "FE551"), _run)
