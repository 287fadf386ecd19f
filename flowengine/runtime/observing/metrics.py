"""What is counted of the calls of a process, and by which names."""

from __future__ import annotations

from flowengine.core.machine import Turn
from flowengine.runtime.ending import ending
from flowengine.runtime.observing.families import Counter, Family, Histogram
from flowengine.runtime.store import CallRecord

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0)
_REQUEST = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_CALL = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0)


class Metrics:
    """Told what happens; `families` are what is shown of it."""

    def __init__(self) -> None:
        self.webhook_seconds = Histogram(
            "flowengine_webhook_seconds",
            "Time from a carrier's request to our answer, its body and the store included.",
            _QUICK,
            ("carrier", "status"),
        )
        self.turn_seconds = Histogram(
            "flowengine_turn_seconds", "Time that a turn of a call takes, data that it waits for included.",
            _QUICK, ("carrier",),
        )  # fmt: skip
        self.calls_begun = Counter(
            "flowengine_calls_begun", "Calls that have entered a flow.", ("carrier", "direction", "flow")
        )
        self.calls_ended = Counter(
            "flowengine_calls_ended", "Calls that are over, by what ended them.", ("carrier", "direction", "ending")
        )
        self.call_seconds = Histogram("flowengine_call_seconds", "Length of calls.", _CALL, ("carrier", "direction"))
        self.outcomes = Counter(
            "flowengine_outcomes", "Outcomes of verbs, step by step.", ("flow", "step", "verb", "outcome")
        )
        self.refused = Counter(
            "flowengine_webhooks_refused",
            "Webhooks that were not taken: 401 and 403 are wrong or missing signatures.",
            ("carrier", "status"),
        )
        self.request_seconds = Histogram(
            "flowengine_request_seconds",
            "Time of requests to others: data for flows, carriers' APIs, texts, the project's own webhook.",
            _REQUEST,
            ("to", "kind", "result"),
        )
        self.carrier_errors = Counter(
            "flowengine_carrier_errors", "Requests that a carrier has not carried out, by its status.",
            ("carrier", "status"),
        )  # fmt: skip
        self.outbox = Counter(
            "flowengine_outbox_items", "Texts and events that were sent, put off or given up.", ("kind", "result")
        )
        self.store_failures = Counter("flowengine_store_failures", "Operations that the store has not done in time.")
        self.reloads = Counter("flowengine_reloads", "Saved projects that were taken over, or not.", ("result",))
        self.families: tuple[Family, ...] = (
            self.webhook_seconds,
            self.turn_seconds,
            self.calls_begun,
            self.calls_ended,
            self.call_seconds,
            self.outcomes,
            self.refused,
            self.request_seconds,
            self.carrier_errors,
            self.outbox,
            self.store_failures,
            self.reloads,
        )

    def webhook(self, carrier: str, status: int, seconds: float) -> None:
        """A carrier's request was answered."""
        self.webhook_seconds.add((carrier, status), seconds)

    def refuse(self, carrier: str, status: int) -> None:
        """A carrier's request was not taken."""
        self.refused.add((carrier, status))

    def begun(self, record: CallRecord) -> None:
        """A call has entered its flow."""
        self.calls_begun.add((record.carrier, record.session.call.direction, record.flow))

    def turn(self, record: CallRecord, turn: Turn, at: float, seconds: float) -> None:
        """A turn was taken and saved; `at` is Unix time, `seconds` what it took."""
        carrier = record.carrier
        self.turn_seconds.add((carrier,), seconds)
        for entry in turn.entries:
            if entry.kind == "outcome":
                self.outcomes.add((entry.flow, entry.step, entry.text, entry.name))
        if record.session.phase == "ended":
            facts = record.session.call
            self.calls_ended.add((carrier, facts.direction, ending(turn.wait)))
            self.call_seconds.add((carrier, facts.direction), max(0.0, at - facts.started))

    def asked(self, to: str, kind: str, result: str, seconds: float) -> None:
        """Somebody else was asked for something; `to` is a carrier, `web` or `events`."""
        self.request_seconds.add((to, kind, result), seconds)

    def carrier_failed(self, carrier: str, status: str) -> None:
        """A carrier has not done what it was asked; `status` is that of HTTP, or a word where there was none."""
        self.carrier_errors.add((carrier, status))

    def outgoing(self, kind: str, result: str) -> None:
        """A text or event was `sent`, is `retried` later, or is `dead`."""
        self.outbox.add((kind, result))

    def store_failed(self) -> None:
        """The store has not answered, or not well."""
        self.store_failures.add()

    def reloaded(self, adopted: bool) -> None:
        """A saved project was built."""
        self.reloads.add(("adopted" if adopted else "refused",))
