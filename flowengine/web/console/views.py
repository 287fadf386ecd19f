"""What the console tells its page: JSON made of these, with sensitive values hidden."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from flowengine.core.ending import Rerun


class CallRow(Struct, frozen=True):
    """A call in a list.

    `step` and `line` are where it is, or where it ended. `state` is what a live call waits for, or how the call ended,
    in the words of `flowengine.runtime.ending`. Times are Unix time in seconds; `ended` is None while it goes on.
    """

    id: str
    flow: str
    caller: str
    called: str
    direction: str
    carrier: str
    started: float
    ended: float | None
    state: str
    at_flow: str
    step: str
    line: int
    turns: int


class Page(Struct, frozen=True):
    """A piece of the list of past calls; `cursor` leads to the next one, empty at the end."""

    calls: list[CallRow]
    cursor: str


class Live(Struct, frozen=True, tag_field="type", tag="live"):
    """Calls that go on and have changed, and calls that go on no more. With `whole`, it is all there are."""

    calls: list[CallRow]
    over: list[str]
    whole: bool


class Turned(Struct, frozen=True, tag_field="type", tag="turned"):
    """The call that is looked at has taken a turn."""

    call: str


class EntryView(Struct, frozen=True):
    """One thing that happened."""

    kind: str
    at: float
    flow: str
    step: str
    line: int
    name: str
    text: str
    data: Any


class Variables(Struct, frozen=True):
    """The variables of one flow under way; sensitive ones read `••••`."""

    flow: str
    values: dict[str, Any]


class TurnView(Struct, frozen=True):
    """One turn: the event that began it, what happened in it, and what was so after it. `recording` is the URL of what
    the event has recorded, empty for none."""

    number: int
    at: float
    event: str
    text: str
    recording: str
    entries: list[EntryView]
    before: list[Variables]
    variables: list[Variables]
    waits: str


class ExchangeView(Struct, frozen=True):
    """One request of the carrier, and its answer; `turn` is the call's latest turn after it."""

    at: float
    turn: int
    seconds: float
    method: str
    path: str
    fields: dict[str, str]
    status: int
    content_type: str
    body: str


class CallView(Struct, frozen=True):
    """One call, whole.

    `clock` is what the flow's own clock showed when the call began, in the project's time zone; empty where it went by
    the real one. `exchanges` is None where they were not kept; `turns` has no variables where the version of the flow
    is gone. `files` are the sources of its version, by name; `flows` has the file of each flow.
    """

    row: CallRow
    version: str
    present: bool
    clock: str
    arguments: dict[str, Any]
    turns: list[TurnView]
    exchanges: list[ExchangeView] | None
    files: dict[str, str]
    flows: dict[str, str]


class RowView(Struct, frozen=True):
    """A line in a box."""

    kind: str
    text: str
    line: int


class NodeView(Struct, frozen=True):
    """A box of the picture: see `flowengine.compiler.drawing.chart`."""

    id: str
    kind: str
    title: str
    line: int
    start: bool
    listens: bool
    rows: list[RowView]


class EdgeView(Struct, frozen=True):
    """A way from one box to another, with what leads there."""

    source: str
    target: str
    kind: str
    labels: list[str]


class ChartView(Struct, frozen=True):
    """The picture of a flow."""

    flow: str
    file: str
    version: str
    nodes: list[NodeView]
    edges: list[EdgeView]


class FlowRow(Struct, frozen=True):
    """A flow in the list of them, and the numbers that it answers."""

    name: str
    file: str
    numbers: list[str]


class FlowView(Struct, frozen=True):
    """A flow of the project as it was saved last: its source, and its picture if it can be read."""

    name: str
    file: str
    text: str
    chart: ChartView | None


class StepCounts(Struct):
    """What happened at a step. `entered` counts how often; `left` the callers who hung up there, `ended` the calls that
    ended there in another way: that of a caller who talked to somebody and then hung up among them. `seconds` is the
    time spent there, of all calls together."""

    entered: int = 0
    left: int = 0
    ended: int = 0
    seconds: float = 0.0
    outcomes: dict[str, int] = {}


class Statistics(Struct, frozen=True):
    """What calls did in a flow. `ways` counts, by `FROM>TO`, how often they went from one step to another,
    or to a flow that it runs (`flow:NAME`)."""

    flow: str
    calls: int
    endings: dict[str, int]
    steps: dict[str, StepCounts]
    ways: dict[str, int]
    truncated: bool = False


class Compared(Struct, frozen=True):
    """A past call and how it would end now; `problem` tells why that cannot be said, empty where it can."""

    row: CallRow
    rerun: Rerun | None
    problem: str = ""


class ComparedDay(Struct, frozen=True):
    """The calls of a period that would end differently, of all that were looked at."""

    looked_at: int
    same: int
    different: list[Compared]
    impossible: int
    truncated: bool = False


class Saved(Struct, frozen=True):
    """A call that was kept as a script: the file, relative to the project, its text, and why it does not pass."""

    file: str
    text: str
    problem: str
