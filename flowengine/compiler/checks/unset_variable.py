"""FE452 and FE453: a variable that may be unset, or none, on some way to where it is read."""

from __future__ import annotations

from flowengine.compiler.analysis.control_flow import FlowPaths
from flowengine.compiler.analysis.project_paths import ProjectPaths
from flowengine.compiler.analysis.states import returning_nothing, troubles
from flowengine.compiler.checks.check import Found, each_paths, warning

LONGEST_WAY = 6
"""How many steps of the way are told, from its end."""


def _run(project: ProjectPaths, flow: FlowPaths) -> Found:
    if not flow.flow.complete:
        return
    for trouble in troubles(project, flow):
        way = ", ".join(trouble.way[-LONGEST_WAY:])
        if len(trouble.way) > LONGEST_WAY:
            way = f"…, {way}"
        told = f": {way}" if way else ""
        name = trouble.name
        if trouble.unset:
            hint = f"set it on every way, or ask first: `if {name} is defined:`"
            yield warning("FE452", f"`{name}` may be unset here{told}", trouble.span, hint)
        else:
            message = f"`{name}` may be none here, and then has no keys{told}"
            yield warning("FE453", message, trouble.span, f"ask first: `if {name}:`")


CHECK = each_paths(("FE452", "FE453"), _run, returning_nothing)
