"""Pictures of flows: a chart of steps and ways between them, and the forms in which it is given out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flowengine.compiler.drawing.chart import Chart, Edge, Node, Row, chart_of
from flowengine.compiler.drawing.texts import dot, json, mermaid


def svg(chart: Chart) -> str:
    """The chart as a picture.

    Raises:
        ImportError: the layout engine of the extra `graph` is not installed.
    """
    # Imported late: only pictures need the layout engine.
    from flowengine.compiler.drawing.svg import render

    return render(chart)


FORMATS: Mapping[str, Callable[[Chart], str]] = {"svg": svg, "mermaid": mermaid, "dot": dot, "json": json}
"""Each form by its name on the command line."""

__all__ = ["FORMATS", "Chart", "Edge", "Node", "Row", "chart_of", "dot", "json", "mermaid", "svg"]
