"""Warnings that are meant: `# allow FE452: the menu before has no other way` on their line, or alone on the line above.

A reason is required. An error cannot be allowed, and an `allow` that silences nothing is told, so that none outlives
what it was for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowengine.diagnostics import Diagnostic, Severity, Span
from flowengine.language import tree

_ALLOW = re.compile(r"#+\s*allow\s+(FE[0-9]{3}(?:\s*,\s*FE[0-9]{3})*)\s*(?::\s*(.*))?")


@dataclass(frozen=True, slots=True)
class Allowed:
    """A comment that allows some codes on one line of a file."""

    codes: frozenset[str]
    reason: str
    line: int
    span: Span


def silence(files: Mapping[str, tree.Flow], found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings without the warnings that a comment allows, and with one for each comment that is of no use."""
    allowed = {file: _allowed(flow) for file, flow in files.items()}
    kept: list[Diagnostic] = []
    used: set[tuple[Span, str]] = set()
    for finding in found:
        matching = [
            comment
            for comment in allowed.get(finding.span.file, ())
            if comment.reason and finding.code in comment.codes and comment.line == finding.span.line
        ]
        if matching and not finding.is_error:
            used |= {(comment.span, finding.code) for comment in matching}
        else:
            kept.append(finding)
    for file, comments in allowed.items():
        if files[file].complete:
            kept += [finding for comment in comments for finding in _useless(comment, used)]
    return kept


def _useless(comment: Allowed, used: set[tuple[Span, str]]) -> list[Diagnostic]:
    if not comment.reason:
        hint = "write the reason behind it: `# allow FE452: why`"
        return [Diagnostic("FE254", Severity.WARNING, "`allow` needs a reason", comment.span, hint)]
    return [
        Diagnostic("FE254", Severity.WARNING, f"there is no warning {code} here to allow", comment.span)
        for code in sorted(comment.codes)
        if (comment.span, code) not in used
    ]


def _allowed(flow: tree.Flow) -> list[Allowed]:
    """The `allow`s of a flow. A comment alone on its line is about the next line that is none."""
    found: list[Allowed] = []
    alone = {comment.span.line for comment in flow.comments if comment.own_line}
    for comment in flow.comments:
        match = _ALLOW.fullmatch(comment.text.rstrip())
        if match is None:
            continue
        line = comment.span.line
        while line in alone:
            line += 1
        codes = frozenset(code.strip() for code in match[1].split(","))
        found.append(Allowed(codes, (match[2] or "").strip(), line, comment.span))
    return found
