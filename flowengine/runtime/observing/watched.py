"""The world as the engine sees it, with what is asked of it counted, timed and traced."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from msgspec.structs import replace

from flowengine.carriers.contract import Carrier, Request
from flowengine.core.commands import Fetch
from flowengine.core.policy import Hosts
from flowengine.runtime.http.rest import CarrierError, OutcomeUnknownError, UnreachableError
from flowengine.runtime.observing.watch import Watch
from flowengine.runtime.outside import Answer, Outside, Undelivered

T = TypeVar("T")

Headers = Mapping[str, str]

WEB = "web"
EVENTS = "events"
"""Whom requests go to that are not for a carrier: whatever a flow fetches from, and the project's own webhook."""


class Watched:
    """Does what `outside` does, and lets `watch` know of it."""

    def __init__(self, outside: Outside, watch: Watch) -> None:
        self._outside = outside
        self._metrics = watch.metrics
        self._tracing = watch.tracing

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        def judge(answer: Answer) -> str:
            return "failed" if answer.status is None else f"{answer.status // 100}xx"

        # Only the host: paths and queries hold what callers have typed.
        about = {"http.request.method": wait.method, "server.address": _host(wait.url)}

        def fetch(traced: Headers) -> Awaitable[Answer]:
            # Whoever is asked can go on with the trace; what the flow itself sends comes first.
            asked = replace(wait, headers={**traced, **(wait.headers or {})}) if traced else wait
            return self._outside.fetch(asked, hosts)

        return await self._ask(WEB, "fetch", fetch, judge, about)

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        await self._tell(carrier.name, "text", lambda _: self._outside.text(carrier, to, text, sender))

    async def tell(self, carrier: Carrier, request: Request) -> None:
        await self._tell(carrier.name, "request", lambda _: self._outside.tell(carrier, request))

    async def event(self, key: str, body: dict[str, Any]) -> None:
        await self._ask(EVENTS, "event", lambda _: self._outside.event(key, body), lambda _: "ok", {})

    async def _tell(self, carrier: str, kind: str, work: Callable[[Headers], Awaitable[None]]) -> None:
        try:
            await self._ask(carrier, kind, work, lambda _: "ok", {"flowengine.carrier": carrier})
        except Undelivered as error:
            self._metrics.carrier_failed(carrier, _status(error.__cause__))
            raise

    async def _ask(
        self,
        to: str,
        kind: str,
        work: Callable[[Headers], Awaitable[T]],
        judge: Callable[[T], str],
        about: dict[str, str],
    ) -> T:
        began = time.perf_counter()
        result = "failed"
        span = self._tracing.begin(kind, about) if self._tracing is not None else None
        try:
            done = await work({} if span is None else span.headers)
            result = judge(done)
            return done
        finally:
            self._metrics.asked(to, kind, result, time.perf_counter() - began)
            if span is not None:
                span.end(result)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _status(cause: BaseException | None) -> str:
    match cause:
        case CarrierError():
            return str(cause.status)
        case UnreachableError():
            return "unreachable"
        case OutcomeUnknownError():
            return "unknown"
        case _:
            return "unable"
