"""FE402: `failed` that nobody handles on some way from where a call begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowengine.compiler.analysis.control_flow import FlowPaths, Kind
from flowengine.compiler.analysis.project_paths import ProjectPaths, project_paths
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Label, Span
from flowengine.language import tree


@dataclass(frozen=True, slots=True)
class Origin:
    """A statement that can fail with no handler in its own flow. `runs` lead to it, the outermost first."""

    verb: str
    span: Span
    runs: tuple[tree.Run, ...] = ()


def _run(checked: Checked) -> Found:
    if checked.lost:
        return  # a handler may be in the part that did not parse
    project = project_paths(checked)
    told: set[Span] = set()
    for entry in project.entries:
        for origin in _origins(project, entry, (), frozenset()):
            if origin.span in told:
                continue
            told.add(origin.span)
            yield _finding(project, entry, origin)


def _finding(project: ProjectPaths, entry: str, origin: Origin) -> Diagnostic:
    labels = [Label(run.flow.span, f"run here, where `{run.flow.text}` failing is not handled") for run in origin.runs]
    flow = project.flows[entry].flow
    labels.append(Label(flow.name.span, "a call can begin with this flow"))
    message = f"`failed` of `{origin.verb}` is handled nowhere: the caller would be cut off without a word"
    hint = f"add `on failed -> step` to the block of `{origin.verb}`, or to the header of flow `{entry}`"
    return error("FE402", message, origin.span, hint, *labels)


def _origins(
    project: ProjectPaths, name: str, runs: tuple[tree.Run, ...], under_way: frozenset[str]
) -> Iterator[Origin]:
    """The statements whose failure leaves the flow `name`."""
    flow = project.flows[name]
    if flow.start is None or name in under_way:
        return
    for statement in project.of_flow(flow, _leaving):
        if isinstance(statement, tree.Verb):
            yield Origin(statement.name.text, statement.name.span, runs)
        elif isinstance(statement, tree.Run):
            inner = list(_origins(project, statement.flow.text, (*runs, statement), under_way | {name}))
            if _gives_up(project, statement.flow.text) or not inner:
                # The flow that is run says `fail` itself: then the `run` is where it must be handled.
                yield Origin("run", statement.flow.span, runs)
            yield from inner


def _leaving(project: ProjectPaths, flow: FlowPaths) -> list[tree.Statement | None]:
    """The statements whose own `failed` leads out of a flow."""
    starts = [*(() if flow.start is None else (flow.start,)), *flow.roots.values()]
    return [
        flow.points[index].statement
        for index in sorted(project.reachable(flow, starts))
        for way in project.exits(flow.points[index])
        if way.outcome == "failed" and flow.points[way.target].kind is Kind.FAILED
    ]


def _gives_up(project: ProjectPaths, name: str) -> bool:
    """Whether a flow has a `fail` that a call can come to."""
    flow = project.flows.get(name)
    return flow is not None and project.of_flow(flow, _has_fail)


def _has_fail(project: ProjectPaths, flow: FlowPaths) -> bool:
    reached = () if flow.start is None else project.reachable(flow, [flow.start])
    return any(isinstance(flow.points[index].statement, tree.Fail) for index in reached)


CHECK = Check(("FE402",), _run)
