"""FE405: a statement after one that leaves, where no call ever comes."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.control_flow import FlowPaths
from flowengine.compiler.analysis.project_paths import ProjectPaths
from flowengine.compiler.analysis.words import head
from flowengine.compiler.checks.check import Found, each_paths, error
from flowengine.diagnostics import Diagnostic, Label
from flowengine.language import tree


def _run(project: ProjectPaths, flow: FlowPaths) -> Found:
    reached: set[int] = set()
    for start in (*flow.steps.values(), *flow.roots.values()):
        if start not in reached:
            reached |= flow.reachable(start)
    alive = {id(flow.points[index].statement) for index in reached}
    known = {id(point.statement) for point in flow.points}
    blocks = [handler.body for handler in flow.flow.handlers] + [step.body for step in flow.flow.steps]
    for block in blocks:
        yield from _block(flow, block, alive, known)


def _block(flow: FlowPaths, block: tree.Block, alive: set[int], known: set[int]) -> Iterator[Diagnostic]:
    before: tree.Statement | None = None
    for statement in block:
        if isinstance(statement, tree.On | tree.When):
            for inner in tree.blocks(statement):
                yield from _block(flow, inner, alive, known)
            continue
        if id(statement) in known and id(statement) not in alive:
            if before is not None:
                label = Label(head(before), "the call leaves here")
                yield error("FE405", "no call ever comes here", head(statement), "remove it, or move it up", label)
            return
        if isinstance(statement, tree.Match):
            for case in statement.cases:
                yield from _block(flow, case.body or (), alive, known)
            yield from _block(flow, statement.otherwise or (), alive, known)
        else:
            for inner in tree.blocks(statement):
                yield from _block(flow, inner, alive, known)
        before = statement


CHECK = each_paths(("FE405",), _run)
