"""What is told about the word under the pointer."""

from __future__ import annotations

import re

from lsprotocol import types

from flowengine.diagnostics.pages import CODES
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS, TESTS
from flowengine.languageserver.places import covers
from flowengine.languageserver.projects import Project
from flowengine.languageserver.symbols import Kind, Symbol
from flowengine.verbs.page import page

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def hover(project: Project, file: str, line: int, column: int) -> types.Hover | None:
    """What to show for a place that counts from 1."""
    finding = next((d for d in project.build.diagnostics if d.span.file == file and covers(d.span, line, column)), None)
    if finding is not None and finding.code in CODES:
        return _markdown(f"**{finding.code}: {CODES[finding.code].title}**\n\n{CODES[finding.code].text}")
    symbol = project.symbol_at(file, line, column)
    if symbol is not None:
        return _markdown(_about(project, symbol))
    rows = project.text(file).split("\n")
    row = rows[line - 1] if line <= len(rows) else ""
    for match in _WORD.finditer(row):
        if match.start() < column <= match.end() + 1:
            told = _word(project, row, match)
            return None if told is None else _markdown(told)
    return None


def _word(project: Project, row: str, match: re.Match[str]) -> str | None:
    word, before = match[0], row[: match.start()]
    if before.rstrip().endswith("|") and word in FILTERS:
        return f"`{word}` (filter)\n\n{FILTERS[word].doc}"
    if re.search(r"\bis(\s+not)?\s*$", before) and word in TESTS:
        return f"`{word}` (test)\n\n{TESTS[word].doc}"
    if row[match.end() :].startswith("(") and word in FUNCTIONS:
        return f"`{word}` (function)\n\n{FUNCTIONS[word].doc}"
    verb = project.checked.verbs.get(word)
    if verb is not None and not before.strip():
        return page(verb, 3)
    first = row.split()[0] if row.split() else ""
    argued = project.checked.verbs.get(first)
    if argued is not None and row[match.end() :].startswith("="):
        argument = next((argument for argument in argued.options if argument.name == word), None)
        if argument is not None:
            return f"`{word}=` of `{first}`\n\n{argument.doc} Default: {argument.shown}."
    return None


def _about(project: Project, symbol: Symbol) -> str:
    uses = sum(1 for other in project.symbols if other.same(symbol) and not other.defines)
    places = "one place" if uses == 1 else f"{uses} places"
    match symbol.kind:
        case Kind.FLOW:
            flow = project.checked.flows.get(symbol.name)
            if flow is None:
                return f"flow `{symbol.name}`: there is none"
            parameters = ", ".join(parameter.name.text for parameter in flow.parameters)
            steps = ", ".join(step.name.text for step in flow.steps)
            return f"flow `{symbol.name}({parameters})`\n\nSteps: {steps}. Used in {places}."
        case Kind.STEP:
            return f"step `{symbol.name}`\n\nReached from {places}."
        case Kind.PARAMETER:
            return f"parameter `{symbol.name}` of `{symbol.owner}`\n\nRead in {places}."
    if symbol.name in project.build.config.variables:
        return (
            f"`{symbol.name}` = `{project.build.config.variables[symbol.name]!r}`\n\nfrom `[vars]` of flowengine.toml"
        )
    return f"variable `{symbol.name}`\n\nRead in {places}."


def _markdown(text: str) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))
