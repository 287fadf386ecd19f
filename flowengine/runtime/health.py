"""Whether the store can be reached: told by whoever uses it, written to the log when it changes."""

from __future__ import annotations

from flowengine.runtime.log import Log
from flowengine.runtime.observing.metrics import Metrics


class Health:
    """`degraded` says why calls are answered with documents that ask for patience; empty when all is well."""

    def __init__(self, log: Log, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics
        self.degraded = ""

    def well(self) -> None:
        """The store has answered."""
        if self.degraded:
            self._log("the store is back")
        self.degraded = ""

    def failed(self, error: BaseException) -> None:
        """The store has not answered, or not well."""
        self._metrics.store_failed()
        reason = str(error) or "the store does not answer"
        if not self.degraded:
            self._log.error("the store is away", error=reason)
        self.degraded = reason
