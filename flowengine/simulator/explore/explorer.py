"""The walk: breadth first through the real machine, each state of a call once.

Two calls are in the same state when the same flows are under way at the same places with the same variables, as far as
those can still be read, and the same tries are spent. Counts of turns and the time that has passed do not tell calls
apart. So the first way into a state is the shortest, and the paths that are kept make the shortest scripts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import msgspec

from flowengine.compiler.build import Build
from flowengine.core.commands import (
    Conference,
    Gone,
    Hangup,
    Play,
    Redirect,
    Reject,
    Say,
)
from flowengine.core.control import RunNode
from flowengine.core.events import (
    Started,
)
from flowengine.core.graph import Program
from flowengine.core.machine import begin
from flowengine.core.session import Facts
from flowengine.expressions.tree import Attribute, Name
from flowengine.simulator.coverage import Coverage, Key, Reader
from flowengine.simulator.explore.acts import HANG_UP, WAIT, Acts
from flowengine.simulator.explore.answers import Answers, Give, give_outcome
from flowengine.simulator.explore.beginnings import beginnings
from flowengine.simulator.explore.calls import Calls, Leaf
from flowengine.simulator.explore.expressions import Questions, nodes
from flowengine.simulator.explore.findings import Finding, Problem, error_in, is_wordless, may_last
from flowengine.simulator.explore.liveness import Liveness
from flowengine.simulator.explore.shapes import Shapes
from flowengine.simulator.line import Setup
from flowengine.simulator.typed import Action
from flowengine.simulator.world import World as Surroundings


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far the walk goes: states, and things done in one call."""

    states: int = 20_000
    turns: int = 80


@dataclass(slots=True)
class Way:
    """How a place in a call is reached: what was done last, what was given for it, and the way before.

    `state` is the number of the state that it leads to, None when it ends the call.
    """

    before: Way | None
    setup: Setup
    gives: tuple[Give, ...]
    action: Action | None
    length: int
    state: int | None = None


@dataclass(slots=True)
class Exploration:
    """What the walk has seen.

    `behaviours` counts everything that was done, `states` the different states. `stopped` names the bound that ended
    the walk, or is empty when all was walked. `first` has the shortest way to each point of the coverage, `partings`
    what must be given for the caller to hang up in a state.
    """

    flow: str
    flows: list[str]
    coverage: Coverage
    behaviours: int = 0
    states: int = 0
    callers: int = 0
    stopped: str = ""
    first: dict[Key, Way] = field(default_factory=dict)
    partings: dict[int, tuple[Give, ...]] = field(default_factory=dict)
    findings: list[tuple[Finding, Way]] = field(default_factory=list)


def flows_of(program: Program, flow: str) -> list[str]:
    """The flow and all that it can run."""
    found = [flow]
    for name in found:
        for node in program.flows[name].nodes:
            if isinstance(node, RunNode) and node.flow not in found:
                found.append(node.flow)
    return found


def beginning_flows(build: Build) -> list[str]:
    """The flows in which a call can begin: those of `[numbers]`, and those that no flow runs."""
    program = build.program
    assert program is not None
    run = {node.flow for graph in program.flows.values() for node in graph.nodes if isinstance(node, RunNode)}
    answering = {target.flow for target in build.config.numbers.values()}
    return [flow for flow in program.flows if flow in answering or flow not in run]


def explore(
    build: Build, flow: str, bounds: Bounds | None = None, is_over: Callable[[], bool] = lambda: False
) -> Exploration:
    """Walk every behaviour of the callers of `flow`.

    Args:
        build: the project, which has no errors.
        flow: where the calls begin.
        bounds: how far to go.
        is_over: asked before each state; True ends the walk.
    """
    return _Explorer(build, flow, bounds or Bounds(), is_over).run()


@dataclass(slots=True)
class _State:
    """A leaf that was not there before.

    `beginning` is the number of its set-up; `quiet` is where doing nothing leads, `after` where anything but hanging up
    does; `ends` tells that something ends the call.
    """

    leaf: Leaf
    reader: Reader
    way: Way
    beginning: int
    after: list[int] = field(default_factory=list)
    quiet: int | None = None
    ends: bool = False


class _Explorer:
    def __init__(self, build: Build, flow: str, bounds: Bounds, is_over: Callable[[], bool]) -> None:
        assert build.program is not None
        self.build = build
        self.bounds = bounds
        self.is_over = is_over
        # As on the simulated phone, what was recorded can be played.
        self.program = Surroundings(build.program).program
        flows = flows_of(self.program, flow)
        self.result = Exploration(flow, flows, Coverage(self.program, build.flows, flows))
        self.questions = Questions(build.flows)
        self.shapes = Shapes(build.flows)
        self.acts = Acts(self.program, dict(build.flows), self.questions)
        self.calls = Calls(self.program, Answers(self.program, self.questions, self.shapes))
        self.liveness = Liveness(self.program)
        self.reads_waited = any(
            isinstance(node, Attribute) and node.key == "waited" and isinstance(node.of, Name)
            for name in flows
            for node in nodes(build.flows[name])
        )
        self.states: list[_State] = []
        self.numbers: dict[bytes, int] = {}
        self.queue: deque[int] = deque()
        self.told: set[tuple[Problem, str, int]] = set()

    def run(self) -> Exploration:
        result = self.result
        setups = beginnings(self.build, result.flow, result.flows, self.questions, self.shapes)
        result.callers = len(setups)
        for number, setup in enumerate(setups):
            self._begin(number, setup)
        while self.queue:
            if len(self.states) >= self.bounds.states:
                result.stopped = f"after {len(self.states):,} states (--states)"
                break
            if self.is_over():
                result.stopped = "when its time was over (--time)"
                break
            number = self.queue.popleft()
            if self.states[number].way.length >= self.bounds.turns:
                result.stopped = f"in calls of more than {self.bounds.turns} turns (--turns)"
                continue
            self._expand(number)
        result.states = len(self.states)
        self._endless()
        self._trapped()
        return result

    # ------------------------------------------------------------------------------------------------------- the walk

    def _begin(self, number: int, setup: Setup) -> None:
        facts = Facts(
            "simulated", setup.caller, setup.called, setup.direction, "simulated", setup.at, setup.answered_by
        )
        session = begin(self.program, setup.flow, facts, setup.arguments)
        start = Leaf(session, setup.at)
        way = Way(None, setup, (), None, 0)
        for leaf in self.calls.take(start, Started(setup.at)):
            self._arrive(leaf, replace(way, gives=leaf.gives), self.result.coverage.reader(), number, None)

    def _expand(self, number: int) -> None:
        state = self.states[number]
        leaf = state.leaf
        assert leaf.wait is not None
        beginning = state.beginning
        for action in self.acts.at(leaf.session, leaf.wait, leaf.now):
            self._act(number, state, leaf, action, beginning)
        if isinstance(leaf.wait, Conference):
            give = give_outcome("conference", leaf.wait.room, "ended")
            ended = leaf.gave(give, give.subject)
            self._act(number, state, ended, WAIT, beginning)

    def _act(self, number: int, state: _State, leaf: Leaf, action: Action, beginning: int) -> None:
        start = replace(leaf, turns=(), hops=0)
        for found in self.calls.do(start, action):
            if action is HANG_UP:
                self.result.partings.setdefault(number, found.gives)
            way = Way(state.way, state.way.setup, found.gives, action, state.way.length + 1)
            reached = self._arrive(found, way, state.reader.copy(), beginning, action)
            if reached is None:
                if not isinstance(found.wait, Gone):
                    state.ends = True
            elif action is not HANG_UP:
                state.after.append(reached)
                if state.quiet is None and _is_quiet(action):
                    state.quiet = reached

    def _arrive(self, leaf: Leaf, way: Way, reader: Reader, beginning: int, action: Action | None) -> int | None:
        """Count what was taken on the way; gives the number of the state, or None when the call is over."""
        result = self.result
        result.behaviours += 1
        for key in reader.read(entry for turn in leaf.turns for entry in turn.entries):
            if key not in result.coverage.taken:
                result.coverage.taken.add(key)
                result.first[key] = way
        self._judge(leaf, way, action)
        over = isinstance(leaf.wait, Hangup | Reject | Redirect | Gone)
        if leaf.wait is None or over or leaf.is_endless:
            return None
        place = self._key(leaf, beginning)
        known = self.numbers.get(place)
        if known is None:
            known = self.numbers[place] = len(self.states)
            self.states.append(_State(replace(leaf, turns=(), gives=(), left=frozenset()), reader, way, beginning))
            self.queue.append(known)
        way.state = known
        return known

    def _key(self, leaf: Leaf, beginning: int) -> bytes:
        session = leaf.session
        variables = self.liveness.variables(session.frames)
        frames = [
            (frame.flow, frame.node, sorted(frame.tries.items()), frame.base, frame.after, frame.handler, values)
            for frame, values in zip(session.frames, variables, strict=True)
        ]
        sticky = sorted(line for subject, line in leaf.world.items() if subject[0] != "fetch")
        queue = session.queue if self.reads_waited else None
        notes = session.notes if session.notes else None
        return msgspec.msgpack.encode(
            (
                beginning,
                frames,
                session.waiting_for,
                session.keys,
                session.dropped,
                session.answered,
                session.gone,
                session.language,
                queue,
                notes,
                sticky,
            )
        )

    # --------------------------------------------------------------------------------------------------------- findings

    def _judge(self, leaf: Leaf, way: Way, action: Action | None) -> None:
        if not leaf.turns:
            return
        if leaf.is_endless:
            self._find(Problem.ROUND, "the call goes round and round while nobody does anything", leaf, way)
            return
        for turn in leaf.turns:
            wrong = error_in(turn)
            if wrong is not None:
                problem, entry = wrong
                file = self.program.flows[entry.flow].file
                self._tell(Finding(problem, entry.text, file, entry.line), way)
                return
        last = leaf.turns[-1]
        said = any(isinstance(command, Say | Play) for turn in leaf.turns for command in turn.commands)
        if is_wordless(last, said, _asks_for_end(leaf, action)):
            self._find(Problem.WORDLESS, "the flow hangs up, and the caller has not heard why", leaf, way)

    def _find(self, problem: Problem, message: str, leaf: Leaf, way: Way) -> None:
        frame = leaf.session.frames[-1]
        graph = self.program.flows[frame.flow]
        line = graph.nodes[frame.node].line if 0 <= frame.node < len(graph.nodes) else 1
        self._tell(Finding(problem, message, graph.file, line), way)

    def _tell(self, finding: Finding, way: Way) -> None:
        known = (finding.problem, finding.file, finding.line)
        if known not in self.told:
            self.told.add(known)
            self.result.findings.append((finding, way))

    def _endless(self) -> None:
        """Silent callers who are never sent away: doing nothing leads round in a circle."""
        done = [False] * len(self.states)
        for start in range(len(self.states)):
            path: list[int] = []
            number: int | None = start
            while number is not None and not done[number]:
                done[number] = True
                path.append(number)
                number = self.states[number].quiet
            if number is not None and number in path:
                state = self.states[number]
                message = "a caller who does nothing stays in the call until it is too long"
                self._find(Problem.ENDLESS, message, state.leaf, state.way)

    def _trapped(self) -> None:
        """States from which no behaviour but hanging up ends the call."""
        if self.result.stopped:
            return
        before: list[list[int]] = [[] for _ in self.states]
        for number, state in enumerate(self.states):
            for after in state.after:
                before[after].append(number)
        free = [number for number, state in enumerate(self.states) if state.ends or may_last(state.leaf.wait)]
        seen = set(free)
        while free:
            for number in before[free.pop()]:
                if number not in seen:
                    seen.add(number)
                    free.append(number)
        for number, state in enumerate(self.states):
            if number not in seen:
                message = "whatever the caller does from here on, the call does not end"
                self._find(Problem.TRAPPED, message, state.leaf, state.way)


def _is_quiet(action: Action) -> bool:
    return action is WAIT or (action.kind == "peer" and action.args[0] == "noanswer")


_ENDINGS = ("when ", "value", "press ", "completed", "answered", "ended", "recorded")


def _asks_for_end(leaf: Leaf, action: Action | None) -> bool:
    """Whether the end is one that the caller has asked for, or that costs him nothing."""
    if action is None:
        return leaf.session.call.direction == "outbound" or not leaf.session.answered
    if action is HANG_UP:
        return True
    return any(
        entry.kind == "outcome" and entry.name.startswith(_ENDINGS) for turn in leaf.turns for entry in turn.entries
    )
