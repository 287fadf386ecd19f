"""FE604: a sensitive value that is said, logged, texted, emitted, or put into a URL."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.constants import known_texts
from flowengine.compiler.analysis.control_flow import FlowPaths
from flowengine.compiler.analysis.project_paths import ProjectPaths, project_paths
from flowengine.compiler.analysis.reads import reads
from flowengine.compiler.analysis.secrets import Secrets, marks_of, secrets
from flowengine.compiler.binding import Bound
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Label, Span
from flowengine.expressions.tree import Expr
from flowengine.language import tree

_TOLD = {
    ("say", "text"): "is said",
    ("transfer", "whisper"): "is said",
    ("log", "text"): "is logged",
    ("sms", "text"): "is sent as a text",
    ("emit", "name"): "leaves in an event",
    ("emit", "data"): "leaves in an event",
    ("fetch", "url"): "is put into a URL",
    ("redirect", "url"): "is put into a URL",
    ("play", "source"): "is put into a URL",
}
"""Where a sensitive value must not come to, by verb and argument."""

_SENT = frozenset({"json", "form", "headers"})
"""The arguments of a fetch that may hold one, over https only."""


def _run(checked: Checked) -> Found:
    project = project_paths(checked)
    for one in secrets(checked).values():
        yield from project.of_flow(one.flow, _of_flow, one)


def _of_flow(project: ProjectPaths, flow: FlowPaths, one: Secrets) -> tuple[Diagnostic, ...]:
    checked = project.checked
    found: dict[Span, Diagnostic] = {}
    for index, marks in one.before.items():
        statement = flow.points[index].statement
        if not isinstance(statement, tree.Verb) or not any(one.reveals(mark) for mark in marks.values()):
            continue
        bound = checked.bound.get(id(statement))
        if bound is None:
            continue
        for expr, how in _leaks(checked, one, bound):
            if one.reveals(marks_of(checked, flow.flow, expr, marks)):
                for finding in _findings(one, expr, marks, how):
                    found.setdefault(finding.span, finding)
    return tuple(found.values())


def _leaks(checked: Checked, one: Secrets, bound: Bound) -> Iterator[tuple[Expr, str]]:
    """The arguments of a verb that a sensitive value must not be in, with what would become of it."""
    for name, expr in bound.exprs.items():
        how = _TOLD.get((bound.verb.name, name))
        if how is not None:
            yield expr, how
        elif bound.verb.name == "fetch" and name in _SENT and not _is_https(checked, one, bound):
            yield expr, "is sent without encryption"


def _is_https(checked: Checked, one: Secrets, bound: Bound) -> bool:
    url = bound.exprs.get("url")
    known = [] if url is None else list(known_texts(checked, one.flow.flow, url))
    return bool(known) and all(text.text.lower().startswith("https://") for text in known)


def _findings(one: Secrets, expr: Expr, marks: dict[str, int], how: str) -> Iterator[Diagnostic]:
    for read in reads(expr):
        name = read.name.name
        if one.reveals(marks.get(name, 0)):
            labels = () if one.first is None else (Label(one.first.span, "the caller enters it here"),)
            hint = "compare it, or send it in `json=` or `form=` of a fetch over https"
            yield error("FE604", f"`{name}` holds a sensitive value, and {how} here", read.name.span, hint, *labels)
            return


CHECK = Check(("FE604",), _run)
