"""FE206: a name that nothing gives a value, or a key that `call`, `flow` or `queue` does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowengine.compiler.analysis.choices import choices, menus
from flowengine.compiler.analysis.reads import Read, expressions, reads
from flowengine.compiler.analysis.variables import known_names
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.core.reading import RESERVED
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.suggest import closest
from flowengine.language import tree

KEYS: Mapping[str, frozenset[str]] = {
    "call": frozenset({"id", "from", "to", "direction", "carrier", "started", "language", "answered_by", "headers"}),
    "flow": frozenset({"name", "version", "step"}),
    "queue": frozenset({"position", "waited"}),
    "now": frozenset(),
}
"""The keys of the names of section 5; `now` is a text and has none."""


def _run(checked: Checked, flow: tree.Flow) -> Found:
    given = {*RESERVED, *checked.config.variables}
    # A variable may be set in the part that did not parse, a project's in a file that is no TOML.
    whole = flow.complete and not checked.config.broken
    known = given | known_names(checked, flow)
    before = set(given)
    for parameter in flow.parameters:
        if parameter.default is not None:
            for read in reads(parameter.default):
                yield from _wrong(read, before, whole)
        before.add(parameter.name.text)
    offered = {id(choice.when) for menu in menus(checked, flow) for choice in choices(menu.content)}
    for statement in checked.statements(flow):
        if id(statement) in offered:
            continue  # a bare word as a choice of a menu is not read: FE311 tells
        quoted = isinstance(statement, tree.When)
        for expr in expressions(checked, statement):
            for read in reads(expr):
                yield from _wrong(read, known, whole, quoted=quoted)
        if isinstance(statement, tree.Set) and statement.path and statement.name.text not in known and whole:
            yield _unknown(statement.name, known)


def _wrong(read: Read, known: set[str], whole: bool, *, quoted: bool = False) -> Iterator[Diagnostic]:
    name = read.name.name
    if name in KEYS:
        attribute = read.attribute
        if attribute is not None and attribute.key not in KEYS[name]:
            near = closest(attribute.key, KEYS[name])
            listed = ", ".join(f"`{name}.{key}`" for key in sorted(KEYS[name]))
            hint = f"did you mean `{name}.{near}`?" if near else f"there are {listed}" if listed else None
            yield error("FE206", f"`{name}` has no key `{attribute.key}`", attribute.key_span, hint)
    elif name not in known and whole:
        yield _unknown(tree.Word(name, read.name.span), known, quoted=quoted)


def _unknown(word: tree.Word, known: set[str], *, quoted: bool = False) -> Diagnostic:
    near = closest(word.text, known)
    hint = f"did you mean `{near}`?" if near else None
    if quoted and near is None:
        hint = f'for the text itself, write "{word.text}"'
    return error("FE206", f"nothing gives `{word.text}` a value", word.span, hint)


CHECK = each_flow(("FE206",), _run)
