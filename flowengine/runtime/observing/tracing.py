"""OpenTelemetry: a call is a trace, each of its turns a span, and what a turn asks of others are its children.

The ids of a call's trace and of its first span are made from the call's id. So whichever worker takes a turn puts it in
the same trace, without anything being passed on; the first span is sent when the call is over, by whoever ends it.

Spans hold names of the project and words of ours: no numbers, no texts, nothing that a caller typed or said.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import Token

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import flowengine
from flowengine.core.commands import Wait
from flowengine.core.events import Event
from flowengine.core.machine import Turn
from flowengine.runtime.ending import ending, is_wrong
from flowengine.runtime.observing.ids import trace_ids
from flowengine.runtime.observing.setting_up import ENDPOINTS
from flowengine.runtime.recent import UnsureError
from flowengine.runtime.store import CallRecord

_PROPAGATOR = TraceContextTextMapPropagator()
_NANO = 1_000_000_000
_SHOWN = ("step", "outcome", "error", "limit")
"""The kinds of the journal's entries that are shown in a turn's span, by their names alone."""


class _Ids(RandomIdGenerator):
    """Random ids, but for the one span whose ids are made from its call."""

    call: str | None = None

    def generate_trace_id(self) -> int:
        return super().generate_trace_id() if self.call is None else trace_ids(self.call)[0]

    def generate_span_id(self) -> int:
        return super().generate_span_id() if self.call is None else trace_ids(self.call)[1]


class Asking:
    """The span of a request to somebody else, under way."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def headers(self) -> dict[str, str]:
        """What tells whoever is asked which trace it belongs to: `traceparent`, as W3C Trace Context has it."""
        carried: dict[str, str] = {}
        _PROPAGATOR.inject(carried, trace.set_span_in_context(self._span, context.Context()))
        return carried

    def end(self, result: str) -> None:
        """It has ended in this result."""
        self._span.set_attribute("flowengine.result", result)
        if result in ("failed", "5xx"):
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class Tracing:
    """Makes the spans of one process and sends them, beside the event loop."""

    def __init__(self, endpoint: str | None = None, sample: float = 1.0) -> None:
        """`endpoint` is the base URL of an OTLP receiver over HTTP, `sample` the part of calls that are traced.

        The environment's `OTEL_…` come before both.
        """
        self._ids = _Ids()
        sampler: Sampler | None = None
        if "OTEL_TRACES_SAMPLER" not in os.environ:
            sampler = ParentBased(TraceIdRatioBased(sample))
        # A name in the environment comes before ours.
        name = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "flowengine"}
        self._provider = TracerProvider(
            sampler=sampler, resource=Resource.create({**name}), id_generator=self._ids, shutdown_on_exit=False
        )
        url = (
            None
            if endpoint is None or any(os.environ.get(name) for name in ENDPOINTS)
            else f"{endpoint.rstrip('/')}/v1/traces"
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url)))
        self._tracer = self._provider.get_tracer("flowengine", flowengine.__version__)

    def close(self) -> None:
        """Send what is left. It may take seconds, so it is not for the event loop."""
        self._provider.shutdown()

    @contextmanager
    def of(self, call: str) -> Iterator[None]:
        """What is begun inside belongs to this call."""
        token = self._enter(call)
        try:
            yield
        finally:
            context.detach(token)

    @contextmanager
    def turn(self, call: str) -> Iterator[None]:
        """A turn of a call; what it asks of others become its children, also when it is over by then."""
        with self.of(call):
            if not trace.get_current_span().get_span_context().trace_flags.sampled:
                yield
                return
            span = self._tracer.start_span("turn", kind=SpanKind.SERVER)
            try:
                with trace.use_span(span, record_exception=False):
                    yield
            except UnsureError:
                raise  # it is taken once more, and only that one is told
            except BaseException:
                span.end()
                raise
            span.end()

    def taken(self, record: CallRecord, event: Event, turn: Turn) -> None:
        """Tell the span under way what the turn was; and the call's own span when it is over."""
        span = trace.get_current_span()
        if not span.is_recording():
            return  # of a call that is not traced
        span.set_attributes(_about(record))
        span.set_attribute("flowengine.turn", turn.number)
        span.set_attribute("flowengine.event", _tag(event))
        span.set_attribute("flowengine.wait", _tag(turn.wait))
        for entry in turn.entries:
            if entry.kind in _SHOWN:
                names = {"flow": entry.flow, "step": entry.step, "name": entry.name}
                span.add_event(entry.kind, {f"flowengine.{name}": value for name, value in names.items() if value})
        if record.ended:
            self._over(record, ending(turn.wait))

    def begin(self, kind: str, about: Mapping[str, str]) -> Asking:
        """The span of a request that is about to be made."""
        return Asking(self._tracer.start_span(kind, kind=SpanKind.CLIENT, attributes=dict(about)))

    def _enter(self, call: str) -> Token[context.Context]:
        number, first = trace_ids(call)
        decided = self._provider.sampler.should_sample(None, number, "call")
        flags = TraceFlags(TraceFlags.SAMPLED if decided.decision is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT)
        parent = SpanContext(number, first, is_remote=True, trace_flags=flags)
        return context.attach(trace.set_span_in_context(NonRecordingSpan(parent), context.Context()))

    def _over(self, record: CallRecord, how: str) -> None:
        facts = record.session.call
        self._ids.call = record.id
        try:
            span = self._tracer.start_span(
                "call", context.Context(), start_time=int(facts.started * _NANO), attributes=_about(record)
            )
        finally:
            self._ids.call = None
        span.set_attribute("flowengine.ending", how)
        if is_wrong(how):
            span.set_status(Status(StatusCode.ERROR, how))
        span.end(int(max(facts.started, record.updated) * _NANO))


def _about(record: CallRecord) -> dict[str, str]:
    return {
        "flowengine.call": record.id,
        "flowengine.carrier": record.carrier,
        "flowengine.direction": record.session.call.direction,
        "flowengine.flow": record.flow,
        "flowengine.version": record.session.program,
    }


def _tag(value: Event | Wait) -> str:
    return str(value.__struct_config__.tag)
