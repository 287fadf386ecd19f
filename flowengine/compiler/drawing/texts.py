"""The chart as text for other tools: Mermaid, Graphviz' dot, and JSON."""

from __future__ import annotations

import json as json_module
from typing import Any

from flowengine.compiler.drawing.chart import HANDLER, RUN, SUBFLOW, Chart, Edge, Node, shortened
from flowengine.diagnostics import Span

_MOST_ROWS = 6
_MOST_CHARACTERS = 60


def mermaid(chart: Chart) -> str:
    """The chart as a Mermaid flowchart."""
    names = {node.id: f"n{number}" for number, node in enumerate(chart.nodes)}
    rows = ["---", f"title: {json_module.dumps(chart.flow)}", "---", "flowchart TD"]
    for node in chart.nodes:
        text = "<br>".join(_mermaid_text(line) for line in _lines(node))
        shapes = {HANDLER: ("([", "])"), SUBFLOW: ("[[", "]]")}
        before, after = shapes.get(node.kind, ("[", "]"))
        rows.append(f'    {names[node.id]}{before}"{text}"{after}')
    for edge in chart.edges:
        arrow = "-.->" if _is_dashed(chart, edge) else "-->"
        label = f'|"{_mermaid_text(_joined(edge))}"|' if edge.labels else ""
        rows.append(f"    {names[edge.source]} {arrow}{label} {names[edge.target]}")
    return "".join(f"{row}\n" for row in rows)


def dot(chart: Chart) -> str:
    """The chart in the language of Graphviz."""
    rows = [f"digraph {_dot_text(chart.flow)} {{", '    node [shape=box, fontname="sans-serif"];']
    for node in chart.nodes:
        label = "".join(f"{_dot_escaped(line)}\\l" for line in _lines(node))
        style = {HANDLER: ', style="rounded,dashed"', SUBFLOW: ", peripheries=2"}.get(node.kind, "")
        rows.append(f'    {_dot_text(node.id)} [label="{label}"{style}];')
    for edge in chart.edges:
        options = [f"label={_dot_text(_joined(edge))}"] if edge.labels else []
        options += ["style=dashed"] if _is_dashed(chart, edge) else []
        shown = f" [{', '.join(options)}]" if options else ""
        rows.append(f"    {_dot_text(edge.source)} -> {_dot_text(edge.target)}{shown};")
    return "".join(f"{row}\n" for row in [*rows, "}"])


def json(chart: Chart) -> str:
    """The chart as JSON, whole: nothing is shortened."""
    value = {
        "flow": chart.flow,
        "file": chart.file,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "title": node.title,
                "start": node.start,
                "listens": node.listens,
                "rows": [{"kind": row.kind, "text": row.text, "span": _span(row.span)} for row in node.rows],
                "span": _span(node.span),
            }
            for node in chart.nodes
        ],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "kind": edge.kind,
                "labels": edge.labels,
                "span": _span(edge.span),
            }
            for edge in chart.edges
        ],
    }
    return json_module.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _span(span: Span) -> dict[str, Any]:
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _lines(node: Node) -> list[str]:
    rows = [shortened(row.text if row.kind != "again" else f"↺ {row.text}", _MOST_CHARACTERS) for row in node.rows]
    if len(rows) > _MOST_ROWS:
        rows = [*rows[: _MOST_ROWS - 1], f"… {len(rows) - _MOST_ROWS + 1} more"]
    return [node.title, *rows]


def _joined(edge: Edge) -> str:
    return " / ".join(edge.labels)


def _is_dashed(chart: Chart, edge: Edge) -> bool:
    return edge.kind == RUN or any(node.id == edge.source and node.kind == HANDLER for node in chart.nodes)


def _mermaid_text(text: str) -> str:
    """Mermaid reads markup and its own signs in labels: all but letters, digits and plain signs become entities."""
    return "".join(char if char.isalnum() or char in " .,:-+=/?!'…" else f"#{ord(char)};" for char in text)


def _dot_escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _dot_text(text: str) -> str:
    return f'"{_dot_escaped(text)}"'
