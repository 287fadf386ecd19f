"""Flows as the page draws them."""

from __future__ import annotations

from flowengine.compiler.build import Build
from flowengine.web.console.versions import chart
from flowengine.web.console.views import ChartView, EdgeView, FlowView, NodeView, RowView


def picture(build: Build, flow: str) -> ChartView | None:
    """The picture of a flow; None where the build has no such flow."""
    drawn = chart(build, flow)
    if drawn is None:
        return None
    nodes = [
        NodeView(
            node.id,
            node.kind,
            node.title,
            node.span.line,
            node.start,
            node.listens,
            [RowView(row.kind, row.text, row.span.line) for row in node.rows],
        )
        for node in drawn.nodes
    ]
    edges = [EdgeView(edge.source, edge.target, edge.kind, edge.labels) for edge in drawn.edges]
    return ChartView(flow, drawn.file, build.sources.digest(), nodes, edges)


def flow_view(build: Build, flow: str) -> FlowView | None:
    """A flow with its source."""
    tree = build.flows.get(flow)
    if tree is None:
        return None
    file = tree.name.span.file
    return FlowView(flow, file, build.sources.flows[file], picture(build, flow))
