"""Definitions, references, renaming, and the outline of a file."""

from __future__ import annotations

import re

from lsprotocol import types

from flowengine.core.reading import RESERVED
from flowengine.language.builder import RESERVED as RESERVED_WORDS
from flowengine.languageserver.projects import Project
from flowengine.languageserver.symbols import Kind, Symbol

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class CannotRenameError(ValueError):
    """A name cannot be changed so; the message says why."""


def _location(project: Project, symbol: Symbol) -> types.Location:
    file = symbol.span.file
    return types.Location(project.uri(file), project.lines(file).range(symbol.span))


def definitions(project: Project, symbol: Symbol) -> list[types.Location]:
    """Where a name gets its meaning."""
    return [_location(project, other) for other in project.symbols if other.same(symbol) and other.defines]


def references(project: Project, symbol: Symbol, *, with_definitions: bool) -> list[types.Location]:
    """Where a name is used."""
    found = [other for other in project.symbols if other.same(symbol)]
    return [_location(project, other) for other in found if with_definitions or not other.defines]


def rename(project: Project, symbol: Symbol, new: str) -> types.WorkspaceEdit:
    """The edits that give a thing another name everywhere.

    Raises:
        CannotRenameError: the new name is none, is taken, or the thing is not the project's.
    """
    if _NAME.fullmatch(new) is None or new in RESERVED_WORDS:
        raise CannotRenameError(f"`{new}` is no name")
    same = [other for other in project.symbols if other.same(symbol)]
    if not any(other.defines for other in same):
        raise CannotRenameError(f"`{symbol.name}` is not defined in a flow")
    if symbol.kind in (Kind.VARIABLE, Kind.PARAMETER) and (new in RESERVED or new in project.build.config.variables):
        raise CannotRenameError(f"`{new}` is read by every flow and cannot be set")
    renamed = Symbol(symbol.kind, new, symbol.owner, symbol.span, defines=False)
    if any(other.same(renamed) and other.defines for other in project.symbols):
        raise CannotRenameError(f"there is a {symbol.kind} `{new}` already")
    changes: dict[str, list[types.TextEdit]] = {}
    for other in same:
        file = other.span.file
        changes.setdefault(project.uri(file), []).append(types.TextEdit(project.lines(file).range(other.span), new))
    return types.WorkspaceEdit(changes=changes)


def outline(project: Project, file: str) -> list[types.DocumentSymbol]:
    """The flow of a file with its parameters and steps; of a call file its scripts."""
    lines = project.lines(file)
    if file.endswith(".call"):
        return [
            types.DocumentSymbol(
                script.name, types.SymbolKind.Event, lines.range(script.span), lines.range(script.name_span)
            )
            for script in project.build.scripts.get(file, ())
        ]
    flow = project.checked.files.get(file)
    if flow is None:
        return []
    inside = [
        types.DocumentSymbol(p.name.text, types.SymbolKind.Variable, lines.range(p.span), lines.range(p.name.span))
        for p in flow.parameters
    ]
    inside += [
        types.DocumentSymbol(s.name.text, types.SymbolKind.Function, lines.range(s.span), lines.range(s.name.span))
        for s in flow.steps
    ]
    whole = lines.range(flow.span)
    return [
        types.DocumentSymbol(
            flow.name.text, types.SymbolKind.Module, whole, lines.range(flow.name.span), children=inside
        )
    ]
