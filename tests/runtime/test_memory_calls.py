"""The calls of the memory store: as objects or packed, they are the same."""

from __future__ import annotations

from flowengine.carriers.contract import Reply
from flowengine.core.session import Facts, Frame, Session
from flowengine.runtime.store import CallRecord
from flowengine.runtime.store.memory_calls import Kept, MemoryCalls


def _kept(call: str, version: int = 1, due: float | None = 100.0, memo: object = "memo") -> Kept:
    facts = Facts(call, "+15557650001", "+15551230000", "inbound", "telefonie", 1.0)
    phase = "waiting" if due is not None else "ended"
    session = Session(f"v{version}", facts, [Frame("f", 3, {"name": "Ada"})], phase=phase)
    timers = {} if due is None else {"length": due}
    record = CallRecord(call, version, "telefonie", session, memo, f"k{version}", Reply("<Response/>"), timers=timers)
    return Kept(record, {"k0": Reply("before")}, ())


def _filled(count: int, most: int) -> MemoryCalls:
    calls = MemoryCalls(most)
    for number in range(count):
        calls.put(None, _kept(f"CA{number}", due=100.0 + number))
    return calls


def test_packed_calls_come_back_as_they_were() -> None:
    calls = _filled(20, most=3)
    assert [calls.get(f"CA{number}") for number in range(20)] == [
        _kept(f"CA{number}", due=100.0 + number) for number in range(20)
    ]
    assert calls.get("CA20") is None
    assert calls.open == 20
    assert sorted(calls.programs()) == ["v1"] * 20


def test_a_packed_call_goes_on_and_ends() -> None:
    calls = _filled(5, most=1)
    second = _kept("CA0", 2, due=7.0)
    calls.put(calls.get("CA0"), second)
    assert calls.get("CA0") == second
    assert calls.due(50.0, 10) == ["CA0"]
    over = _kept("CA0", 3, due=None)
    calls.put(calls.get("CA0"), over)
    assert calls.open == 4
    assert calls.over == [over]
    calls.drop("CA0")
    assert calls.get("CA0") is None


def test_timers_are_due_in_order_until_they_are_changed() -> None:
    calls = _filled(6, most=2)
    for _ in range(2):
        assert calls.due(102.5, 10) == ["CA0", "CA1", "CA2"]
        assert calls.due(102.5, 2) == ["CA0", "CA1"]
    calls.put(calls.get("CA1"), _kept("CA1", 2, due=500.0))
    calls.tidy()
    assert calls.due(102.5, 10) == ["CA0", "CA2"]
    assert calls.due(500.0, 10)[-1] == "CA1"


def test_what_cannot_be_written_down_stays_an_object() -> None:
    calls = MemoryCalls(1)
    odd = _kept("CA1", memo=lambda: None)
    calls.put(None, odd)
    calls.put(None, _kept("CA2"))
    assert calls.get("CA1") is odd
    assert calls.open == 2
