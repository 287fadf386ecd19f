"""What every flow can read: `call`, `flow`, `now`, `queue`, and the project's variables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowengine.core.run import Run

RESERVED = frozenset({"call", "flow", "now", "queue"})
"""Names that a flow reads and never sets, beside those of `[vars]`."""


class Globals(dict[str, Any]):
    """The values by name, each put in when it is first read: most scopes read one or none of them."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def __missing__(self, name: str) -> Any:
        match name:
            case "call":
                value: Any = _call(self._run)
            case "flow":
                value = _flow(self._run)
            case "queue":
                position, waited = self._run.session.queue or (None, None)
                value = {"position": position, "waited": waited}
            case "now":
                value = _time(self._run, self._run.now)
            case _:
                value = self._run.program.project.variables[name]
        self[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return name in RESERVED or name in self._run.program.project.variables


def _call(run: Run) -> dict[str, Any]:
    facts = run.session.call
    return {
        "id": facts.id,
        "from": facts.caller,
        "to": facts.called,
        "direction": facts.direction,
        "carrier": facts.carrier,
        "started": _time(run, facts.started + facts.ahead),
        "language": run.language,
        "answered_by": facts.answered_by,
        "headers": facts.headers,
    }


def _flow(run: Run) -> dict[str, Any]:
    return {"name": run.graph.name, "version": run.graph.version, "step": run.node.step if run.node else ""}


def _time(run: Run, at: float) -> str:
    return datetime.fromtimestamp(at, run.program.project.zone).isoformat()
