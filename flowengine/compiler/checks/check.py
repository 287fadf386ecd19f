"""What a check is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

from flowengine.compiler.analysis.control_flow import FlowPaths
from flowengine.compiler.analysis.project_paths import ProjectPaths, project_paths
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Label, Severity, Span
from flowengine.language import tree

Found = Iterator[Diagnostic]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: a function from the project to its findings, and the codes that it can give."""

    codes: tuple[str, ...]
    run: Callable[[Checked], Found]


def each_flow(
    codes: tuple[str, ...],
    find: Callable[[Checked, tree.Flow], Found],
    sees: Callable[[Checked, tree.Flow], Hashable] | None = None,
) -> Check:
    """A check of every flow by itself: it is done again only for a flow that has changed, or what it `sees` beside it.

    `find` may look at the flow and at `flowengine.toml`; `sees` gives all else that it looks at.
    """

    def all_of(checked: Checked, flow: tree.Flow, *_seen: Hashable) -> tuple[Diagnostic, ...]:
        return tuple(find(checked, flow))

    def run(checked: Checked) -> Found:
        for flow in checked.files.values():
            yield from checked.recall(flow, all_of, *(() if sees is None else (sees(checked, flow),)))

    return Check(codes, run)


def each_paths(
    codes: tuple[str, ...],
    find: Callable[[ProjectPaths, FlowPaths], Found],
    sees: Callable[[ProjectPaths, FlowPaths], Hashable] | None = None,
) -> Check:
    """As `each_flow`, of the ways through a flow: `find` may also look at how the flows that it runs can end."""

    def all_of(project: ProjectPaths, flow: FlowPaths, *_seen: Hashable) -> tuple[Diagnostic, ...]:
        return tuple(find(project, flow))

    def run(checked: Checked) -> Found:
        project = project_paths(checked)
        for flow in project.flows.values():
            yield from project.of_flow(flow, all_of, *(() if sees is None else (sees(project, flow),)))

    return Check(codes, run)


def error(code: str, message: str, span: Span, hint: str | None = None, *labels: Label) -> Diagnostic:
    """A finding that stops the project from being served."""
    return Diagnostic(code, Severity.ERROR, message, span, hint, labels)


def warning(code: str, message: str, span: Span, hint: str | None = None, *labels: Label) -> Diagnostic:
    """A finding that does not."""
    return Diagnostic(code, Severity.WARNING, message, span, hint, labels)
