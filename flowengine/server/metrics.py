"""`/metrics` for Prometheus: the counts of this machine's workers together, and how the store is just now.

Only for who brings the project's token, as `Authorization: Bearer TOKEN`; as long as the project has none, for nobody.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

import flowengine
from flowengine.compiler.environment import UnsetVariableError, resolve
from flowengine.runtime.engine import Engine
from flowengine.runtime.observing.families import Counter, Histogram, Labels
from flowengine.runtime.observing.metrics import Metrics
from flowengine.runtime.observing.sharing import EVERY, Shared, Snapshot, added, is_alive, snapshot
from flowengine.runtime.store import StoreError

_STORE_SECONDS = 1.0


class Exposition:
    """What `/metrics` shows. `folder` is where the workers of this machine leave their counts; None for a lone one."""

    def __init__(self, engine: Engine, folder: Path | None = None) -> None:
        self._engine = engine
        self._shared = None if folder is None else Shared(folder)

    def routes(self) -> list[web.RouteDef]:
        """Where it is shown."""
        return [web.get("/metrics", self._answer)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Leave the counts for the other workers once a second, and once more at the end."""
        if self._shared is None:
            yield
            return
        writing = asyncio.create_task(self._write_for_ever(self._shared), name="counts for other workers")
        try:
            yield
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            with suppress(OSError):
                self._shared.write(self._mine())

    async def _write_for_ever(self, shared: Shared) -> None:
        while True:
            try:
                await asyncio.to_thread(shared.write, self._mine())
            except OSError as error:
                self._engine.log.warning("the counts of this worker cannot be written", error=str(error))
            await asyncio.sleep(EVERY)

    def _mine(self) -> Snapshot:
        return snapshot(self._engine.watch.metrics, time.time(), bool(self._engine.degraded))

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            token = resolve(asdict(self._engine.projects.config.metrics), os.environ, "metrics")["token"]
        except UnsetVariableError:
            token = None
        if not token:
            raise web.HTTPForbidden(text='set a token in flowengine.toml, [metrics] token = "$NAME", to read metrics\n')
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not _is_same(given.strip(), token):
            raise web.HTTPUnauthorized(text="metrics need their token\n", headers={"WWW-Authenticate": "Bearer"})
        snapshots = [self._mine()]
        if self._shared is not None:
            snapshots += await asyncio.to_thread(self._shared.others)
        registry = CollectorRegistry()
        registry.register(_Collected([*_counted(self._engine.watch.metrics, snapshots), *await self._now(snapshots)]))
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": kind, "Cache-Control": "no-store"})

    async def _now(self, snapshots: list[Snapshot]) -> list[Metric]:
        engine = self._engine
        alive = [each for each in snapshots if is_alive(each)]
        degraded = any(each.degraded for each in alive)
        program = engine.projects.program
        version = program.version if program is not None else ""
        found = [
            _gauge("flowengine_workers", "Workers of this machine that run.", len(alive)),
            _gauge("flowengine_store_degraded", "1 while a worker cannot reach the store.", float(degraded)),
            _gauge("flowengine_ready", "1 while new calls should come here.", float(engine.ready)),
            _info("flowengine_build", "The release.", {"version": flowengine.__version__}),
            _info("flowengine_project", "The project's version that new calls run on.", {"version": version}),
        ]
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                calls = await engine.store.open_calls()
                seconds = time.perf_counter() - began
                waiting, dead = await engine.store.leaving()
        except (StoreError, TimeoutError):
            return found  # what cannot be known is not shown; `store_degraded` says why
        return [
            *found,
            _gauge("flowengine_calls_open", "Calls under way, on all machines of this store.", calls),
            _gauge("flowengine_store_seconds", "How long the store took to count them.", seconds),
            _gauge("flowengine_outbox_waiting", "Calls with texts or events that are to leave.", waiting),
            _gauge("flowengine_outbox_dead", "Texts and events that are not tried again.", dead),
        ]


def _is_same(given: str, token: str) -> bool:
    # A header may hold bytes that are no UTF-8.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode("utf-8", "surrogatepass"))


class _Collected(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _counted(metrics: Metrics, snapshots: list[Snapshot]) -> list[Metric]:
    sums = added(snapshots)
    return [_metric(family, sums.get(family.name, {})) for family in metrics.families]


def _metric(family: Counter | Histogram, series: Mapping[Labels, list[float]]) -> Metric:
    if isinstance(family, Counter):
        counter = CounterMetricFamily(family.name, family.about, labels=family.labels)
        for labels, (value,) in series.items():
            counter.add_metric([str(label) for label in labels], value)
        return counter
    histogram = HistogramMetricFamily(family.name, family.about, labels=family.labels)
    for labels, row in series.items():
        buckets, so_far = [], 0.0
        for bound, count in zip([*family.bounds, float("inf")], row[:-1], strict=True):
            so_far += count
            buckets.append(("+Inf" if bound == float("inf") else str(bound), so_far))
        histogram.add_metric([str(label) for label in labels], buckets, row[-1])
    return histogram


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value)


def _info(name: str, about: str, labels: Mapping[str, str]) -> Metric:
    gauge = GaugeMetricFamily(f"{name}_info", about, labels=list(labels))
    gauge.add_metric(list(labels.values()), 1)
    return gauge
