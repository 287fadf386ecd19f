"""The counts of several workers: added up whatever they have counted, and readable while they are written."""

from __future__ import annotations

import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flowengine.runtime.observing.metrics import Metrics
from flowengine.runtime.observing.sharing import Shared, added, is_alive, snapshot

SECONDS = st.floats(0, 10, allow_nan=False)
COUNTED = st.lists(st.tuples(st.sampled_from(["telefonie", "voipbin"]), st.sampled_from([200, 204, 503]), SECONDS))


@given(st.lists(COUNTED, max_size=4))
def test_the_sums_are_those_of_one_worker_that_did_it_all(workers: list[list[tuple[str, int, float]]]) -> None:
    alone, each = Metrics(), [Metrics() for _ in workers]
    for metrics, counted in zip(each, workers, strict=True):
        for carrier, status, seconds in counted:
            for one in (metrics, alone):
                one.webhook(carrier, status, seconds)
                one.refuse(carrier, status)
    sums = added(snapshot(metrics, 0, degraded=False) for metrics in each)
    wanted = added([snapshot(alone, 0, degraded=False)])
    assert {name: series.keys() for name, series in sums.items()} == (
        {name: series.keys() for name, series in wanted.items()} if workers else {}
    )
    for name, series in sums.items():
        for labels, row in series.items():
            assert all(abs(a - b) < 1e-6 for a, b in zip(row, wanted[name][labels], strict=True))


def test_what_is_read_is_always_whole(tmp_path: Path) -> None:
    writing, reading = Shared(tmp_path), Shared(tmp_path)
    metrics = Metrics()
    done = threading.Event()

    def write() -> None:
        for number in range(300):
            metrics.webhook("telefonie", 200 + number, 0.1)
            writing.write(snapshot(metrics, float(number), degraded=False))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen: list[int] = []
    while not done.is_set():
        seen += [len(each.families["flowengine_webhook_seconds"]) for each in reading.others()]
    thread.join()
    assert seen == sorted(seen)
    [last] = reading.others()
    assert len(last.families["flowengine_webhook_seconds"]) == 300
    assert writing.others() == []
    assert not is_alive(last)
    assert is_alive(last, now=300.0)


def test_what_another_release_has_left_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "1-old.counts").write_bytes(b"\x93not ours")
    assert Shared(tmp_path).others() == []
