"""What a node is that calls a flow. It is looked for while calls run, and so stays apart from what is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from flowengine.core.run import Run


@runtime_checkable
class Caller(Protocol):
    """A node that calls a flow and is told how it ended, with its own frame on top again."""

    def returned(self, run: Run, value: Any, secret: bool) -> int: ...

    def came_back_failed(self, run: Run, reason: str) -> int: ...
