"""Findings as an editor shows them, and the quick fixes that their hints offer."""

from __future__ import annotations

import re

from lsprotocol import types

from flowengine.diagnostics import Diagnostic
from flowengine.languageserver.projects import Project
from flowengine.simulator.project import read_scripts

_MEANT = re.compile(r"did you mean `([^`]+)`\?")
_WRITE = re.compile(r"write (\".*\")$")
SOURCE = "flowengine"


def findings(project: Project) -> dict[str, list[types.Diagnostic]]:
    """The findings of a project by file, with an empty list for every file that has none."""
    found: dict[str, list[types.Diagnostic]] = {file: [] for file in project.build.sources.texts}
    for diagnostic in read_scripts(project.build).diagnostics:
        found.setdefault(diagnostic.span.file, []).append(_shown(project, diagnostic))
    return found


def _shown(project: Project, diagnostic: Diagnostic) -> types.Diagnostic:
    message = diagnostic.message if diagnostic.hint is None else f"{diagnostic.message}\n{diagnostic.hint}"
    severity = types.DiagnosticSeverity.Error if diagnostic.is_error else types.DiagnosticSeverity.Warning
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(project.uri(label.span.file), project.lines(label.span.file).range(label.span)),
            label.message,
        )
        for label in diagnostic.labels
    ]
    return types.Diagnostic(
        range=project.lines(diagnostic.span.file).range(diagnostic.span),
        message=message,
        severity=severity,
        code=diagnostic.code,
        source=SOURCE,
        related_information=related or None,
    )


def fixes(uri: str, diagnostics: list[types.Diagnostic]) -> list[types.CodeAction]:
    """What can be put right at once: a name that was nearly right, a text in the wrong quotes."""
    actions: list[types.CodeAction] = []
    for diagnostic in diagnostics:
        meant = _MEANT.search(diagnostic.message) or _WRITE.search(diagnostic.message)
        if diagnostic.source != SOURCE or meant is None:
            continue
        edit = types.WorkspaceEdit(changes={uri: [types.TextEdit(diagnostic.range, meant[1])]})
        actions.append(
            types.CodeAction(
                title=f"Write {meant[1]}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                edit=edit,
                is_preferred=True,
            )
        )
    return actions
