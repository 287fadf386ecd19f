"""Which variables may be unset, or none, where a flow reads them, and on which way of the call.

All ways through a flow are walked, shortest first. What is known on a way is which of three things each variable may be
(unset, none, a value) and how conditions came out that are asked again further on: `if vip` twice is no reason to
think that a call takes the first and not the second. Every way that is looked at is one that the conditions allow, so
what is found is never a false alarm; in a flow with very many ways, not all are looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from flowengine.compiler.analysis.conditions import atoms
from flowengine.compiler.analysis.control_flow import Exit, FlowPaths, Kind, Point, flow_paths
from flowengine.compiler.analysis.liveness import live
from flowengine.compiler.analysis.project_paths import ProjectPaths
from flowengine.compiler.analysis.reads import reads
from flowengine.compiler.analysis.variables import known_names
from flowengine.compiler.analysis.words import as_written
from flowengine.compiler.model import Checked
from flowengine.core.reading import RESERVED
from flowengine.diagnostics import Span
from flowengine.expressions.tree import (
    Attribute,
    Binary,
    Call,
    Compare,
    Conditional,
    Expr,
    Filter,
    ForPart,
    Hole,
    IfPart,
    Item,
    Literal,
    Name,
    Part,
    SetPart,
    Template,
    Test,
    Text,
    Unary,
    children,
)
from flowengine.expressions.tree import walk as walk_expression
from flowengine.language import tree

UNSET, NONE, VALUE = 1, 2, 4
MOST_STATES = 24
"""How many states of one point are looked at, beyond those that leave one more variable unset."""

MOST_VISITS = 20_000
"""How many states of all points of a flow are looked at: a check must end, also for a flow that nobody would write."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A read that can go wrong. `unset`: the name may have no value at all; else it may be none where a key is read.

    `way` tells how a call comes to it, in the words of who makes the call.
    """

    name: str
    span: Span
    unset: bool
    way: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition that came out so: `subject` is its text; with `value`, that the subject equals this literal."""

    subject: str
    value: str | None
    truth: bool


@dataclass(frozen=True, slots=True)
class State:
    """What is known on a way. `bits` holds three bits for each variable."""

    bits: int
    facts: frozenset[Fact] = frozenset()


Place = tuple[int, State]


def troubles(project: ProjectPaths, flow: FlowPaths) -> list[Trouble]:
    """The reads of a flow that can go wrong. Of other flows it looks at how they can end, and `returning_nothing`."""
    return _Walk(project.checked, project, flow).run()


def returning_nothing(project: ProjectPaths, flow: FlowPaths) -> frozenset[str]:
    """The flows that a flow runs and that may give none back."""
    known = (name for name in flow.called if name in project.flows)
    return frozenset(name for name in known if project.checked.recall(project.flows[name].flow, _returns_nothing))


class _Walk:
    def __init__(self, checked: Checked, project: ProjectPaths, flow: FlowPaths) -> None:
        self.checked = checked
        self.project = project
        self.flow = flow
        names = known_names(checked, flow.flow) - RESERVED - set(checked.config.variables)
        self.shift = {name: 3 * number for number, name in enumerate(sorted(names))}
        self.parents: dict[Place, tuple[Place, str] | None] = {}
        self.states: dict[int, list[State]] = {}
        self.queue: deque[Place] = deque()
        self.found: dict[tuple[str, Span], Trouble] = {}
        self.here: Place = (0, State(0))
        self.subjects = self._repeated()
        self.live: list[int] = []
        self.asked: list[frozenset[str]] = []
        self.nothing = returning_nothing(project, flow)

    def run(self) -> list[Trouble]:
        if self.flow.start is None or not self.shift:
            return []
        self.live, self.asked = live(self.project, self.flow, self.shift, self._asking())
        self._meet(self.flow.start, self._beginning(), None)
        self._walk()
        self._roots()
        self._walk()
        return list(self.found.values())

    def _beginning(self) -> State:
        bits = sum(UNSET << shift for shift in self.shift.values())
        state = State(bits)
        for parameter in self.flow.flow.parameters:
            default = parameter.default
            may_be_none = isinstance(default, Literal) and default.value is None
            state = self._put(state, parameter.name.text, VALUE | NONE if may_be_none else VALUE)
        return state

    def _roots(self) -> None:
        """`on hangup` begins wherever the caller can leave, `on error` wherever something can go wrong."""
        for event, root in self.flow.roots.items():
            told: set[int] = set()
            for index, state in list(self.parents):
                point = self.flow.points[index]
                statement = point.statement
                if point.handler in ("error", "hangup") or state.bits in told:
                    continue
                if not isinstance(statement, tree.Verb | tree.Run) and not (event == "error" and point.reads):
                    continue
                told.add(state.bits)
                self._meet(root, State(state.bits), ((index, state), "hang up" if event == "hangup" else "an error"))

    # -------------------------------------------------------------------------------------------------------- the walk

    def _walk(self) -> None:
        while self.queue:
            self.here = self.queue.popleft()
            index, state = self.here
            point = self.flow.points[index]
            after = self._read_all(point, state)
            for way in self.project.exits(point):
                following = self._taken(way, after)
                if following is not None:
                    self._meet(way.target, following, (self.here, way.how))

    def _meet(self, index: int, state: State, parent: tuple[Place, str] | None) -> None:
        # What nothing further on reads or asks makes no difference: without it ways come together again.
        asked = self.asked[index]
        state = State(state.bits & self.live[index], frozenset(f for f in state.facts if f.subject in asked))
        known = self.states.setdefault(index, [])
        if state in known:
            return
        if len(self.parents) >= MOST_VISITS:
            return
        if len(known) >= MOST_STATES:
            # Only a state that leaves something unset, or none, that no other does can lead to a finding of its own.
            union = 0
            for other in known:
                union |= other.bits
            if state.bits | union == union:
                return
        known.append(state)
        self.parents[(index, state)] = parent
        self.queue.append((index, state))

    def _taken(self, way: Exit, state: State) -> State | None:
        """The state after an exit; None where it cannot be taken in this state."""
        after: State | None = state
        if way.test is not None and way.case is not None:
            after = self._matched(way.test, way.case, way.truth, state)
        elif way.test is not None:
            after = self._refined(way.test, way.truth, state)
        if after is None or way.binds is None or way.binds not in self.shift:
            return after
        return self._put(after, way.binds, self._bound(way, state))

    def _bound(self, way: Exit, state: State) -> int:
        statement = self.flow.points[self.here[0]].statement
        if way.none:
            return NONE
        if isinstance(statement, tree.Run):
            return VALUE | NONE if statement.flow.text in self.nothing else VALUE
        if isinstance(statement, tree.Set):
            return self._value_of(statement.value, state)
        return VALUE

    def _value_of(self, expr: Expr, state: State) -> int:
        match expr:
            case Name(name=name) if name in self.shift:
                return (self._status(state, name) & ~UNSET) or VALUE
            case Literal(value=None):
                return NONE
            case Conditional(then=then, otherwise=otherwise):
                return self._value_of(then, state) | (NONE if otherwise is None else self._value_of(otherwise, state))
        return VALUE

    def _status(self, state: State, name: str) -> int:
        return (state.bits >> self.shift[name]) & 7

    def _put(self, state: State, name: str, status: int) -> State:
        """The state where `name` is known to be this; facts that read it are no more."""
        if name not in self.shift:
            return state
        shift = self.shift[name]
        bits = state.bits & ~(7 << shift) | status << shift
        facts = state.facts
        if facts and any(name in self.subjects[fact.subject] for fact in facts):
            facts = frozenset(fact for fact in facts if name not in self.subjects[fact.subject])
        return State(bits, facts)

    def _narrow(self, state: State, name: str, allowed: int) -> State | None:
        """The state where `name` is one of what it was and what is `allowed`; None where it is neither."""
        if name not in self.shift:
            return state
        status = self._status(state, name) & allowed
        if not status:
            return None
        shift = self.shift[name]
        return State(state.bits & ~(7 << shift) | status << shift, state.facts)

    # -------------------------------------------------------------------------------------------------------- the reads

    def _read_all(self, point: Point, state: State) -> State:
        if point.kind is Kind.LISTEN and point.reads:
            # `where` reads the input under the NAME that it is going to have.
            inner = state
            for way in point.exits:
                if way.outcome == "value" and way.binds is not None:
                    inner = self._put(state, way.binds, VALUE)
            for expr in point.reads:
                inner = self._read(expr, inner, frozenset())
            return state
        for expr in point.reads:
            state = self._read(expr, state, frozenset())
        statement = point.statement
        if isinstance(statement, tree.Set) and statement.path and statement.name.text in self.shift:
            state = self._use(statement.name.text, statement.name.span, state, key=True)
        return state

    def _use(self, name: str, span: Span, state: State, *, key: bool) -> State:
        status = self._status(state, name)
        if status & UNSET:
            self._tell(name, span, unset=True)
        elif key and status & NONE:
            self._tell(name, span, unset=False)
        # A call that goes on had a value: what follows is not told again.
        allowed = VALUE if key else VALUE | NONE
        narrowed = self._narrow(state, name, allowed)
        return self._put(state, name, VALUE) if narrowed is None else narrowed

    def _tell(self, name: str, span: Span, *, unset: bool) -> None:
        if (name, span) not in self.found:
            self.found[name, span] = Trouble(name, span, unset, tuple(self._way()))

    def _way(self) -> Iterator[str]:
        told: list[str] = []
        place: Place | None = self.here
        while place is not None:
            parent = self.parents[place]
            if parent is None:
                break
            place, how = parent
            if how:
                told.append(how)
        return reversed(told)

    def _read(self, expr: Expr | Part, state: State, local: frozenset[str], *, guarded: bool = False) -> State:
        """Read an expression; gives what is known after it. `guarded`: what is missing is made up for."""
        match expr:
            case Name(name=name, span=span):
                if name in self.shift and name not in local and not guarded:
                    return self._use(name, span, state, key=False)
                return state
            case Attribute(of=of) | Item(of=of):
                if isinstance(expr, Item):
                    state = self._read(expr.index, state, local)
                if isinstance(of, Name):
                    if of.name in self.shift and of.name not in local:
                        return self._use(of.name, of.span, state, key=not guarded)
                    return state
                return self._read(of, state, local, guarded=guarded)
            case Call(args=args, keywords=keywords):
                for value in (*args, *(keyword.value for keyword in keywords)):
                    state = self._read(value, state, local)
                return state
            case Filter(of=of, name="default" | "d", args=args):
                state = self._read(of, state, local, guarded=True)
                for value in args:
                    state = self._read(value, state, local)
                return state
            case Test(of=of, name="defined" | "undefined"):
                return self._read(of, state, local, guarded=True)
            case Binary(operator="and" | "or" as operator, left=left, right=right):
                state = self._read(left, state, local)
                inner = self._refined(left, operator == "and", state, local)
                if inner is not None:
                    self._read(right, inner, local)
                return state
            case Conditional(then=then, test=test, otherwise=otherwise):
                state = self._read(test, state, local)
                for branch, truth in ((then, True), (otherwise, False)):
                    inner = self._refined(test, truth, state, local)
                    if branch is not None and inner is not None:
                        self._read(branch, inner, local, guarded=guarded)
                return state
            case Template(parts=parts):
                return self._parts(parts, state, local)[0]
        for child in children(expr):
            state = self._read(child, state, local)
        return state

    def _parts(self, parts: tuple[Part, ...], state: State, local: frozenset[str]) -> tuple[State, frozenset[str]]:
        """Read a stretch of a template; gives what is known after it, and the names that it has made for itself."""
        for part in parts:
            match part:
                case Hole(value=value):
                    state = self._read(value, state, local)
                case SetPart(name=name, value=value):
                    state = self._read(value, state, local)
                    local |= {name.name}
                case IfPart():
                    state, local = self._if_part(part, state, local)
                case ForPart(names=names, of=of, body=body, otherwise=otherwise):
                    state = self._read(of, state, local)
                    self._parts(body, state, local | {"loop"} | {name.name for name in names})
                    self._parts(otherwise, state, local)
                case Text():
                    pass
        return state, local

    def _if_part(self, part: IfPart, state: State, local: frozenset[str]) -> tuple[State, frozenset[str]]:
        """Read the branches of `{% if %}`, each with what its conditions tell; only the first test is always read."""
        made = local
        after: State | None = None
        rest: State | None = state
        for test, body in part.branches:
            if rest is None:
                break
            rest = self._read(test, rest, local)
            after = after or rest
            inner = self._refined(test, True, rest, local)
            if inner is not None:
                made |= self._parts(body, inner, local)[1]
            rest = self._refined(test, False, rest, local)
        if rest is not None:
            made |= self._parts(part.otherwise, rest, local)[1]
        return after or state, made

    # ------------------------------------------------------------------------------------------------------ conditions

    def _refined(self, test: Expr, truth: bool, state: State, local: frozenset[str] = frozenset()) -> State | None:
        """The state where `test` came out as `truth`; None where it cannot have."""
        match test:
            case Unary(operator="not", operand=operand):
                return self._refined(operand, not truth, state, local)
            case Binary(operator="and" | "or" as operator, left=left, right=right):
                if truth == (operator == "and"):
                    first = self._refined(left, truth, state, local)
                    return None if first is None else self._refined(right, truth, first, local)
                first = self._refined(left, truth, state, local)
                other = self._refined(left, not truth, state, local)
                second = None if other is None else self._refined(right, truth, other, local)
                if first is None or second is None:
                    return first or second
                return State(first.bits | second.bits, first.facts & second.facts)
            case Literal(value=value):
                return state if bool(value) == truth else None
        after = self._known(test, truth, state)
        return None if after is None else self._narrowed(test, truth, after, local)

    def _narrowed(self, test: Expr, truth: bool, state: State, local: frozenset[str]) -> State | None:
        """What the outcome of a simple condition tells of the variable that it asks."""
        match test:
            case Name(name=name) if name not in local:
                return self._narrow(state, name, VALUE if truth else VALUE | NONE)
            case Attribute(of=Name(name=name)) if truth and name not in local:
                return self._narrow(state, name, VALUE)
            case Test(of=Name(name=name), name="defined" | "undefined" as asked, negated=negated) if name not in local:
                there = truth == ((asked == "defined") != negated)
                return self._narrow(state, name, VALUE | NONE if there else UNSET)
            case Test(of=Attribute(of=Name(name=name)), name="defined", negated=False) if truth and name not in local:
                return self._narrow(state, name, VALUE)
            case Test(of=Name(name=name), name="none", negated=negated) if name not in local:
                return self._narrow(state, name, NONE if truth != negated else VALUE)
            case Test(of=Name(name=name), name=asked, negated=negated) if asked in _OF_VALUES and name not in local:
                return self._narrow(state, name, VALUE) if truth != negated else state
            case Compare(first=Name(name=name), rest=(("==" | "!=" as operator, Literal(value=value)),)):
                equal = truth == (operator == "==")
                if name in local:
                    return state
                if value is None:
                    return self._narrow(state, name, NONE if equal else VALUE)
                return self._narrow(state, name, VALUE) if equal else state
        return state

    def _matched(self, value: Expr, case: tuple[Expr, ...], truth: bool, state: State) -> State | None:
        """The state after a `match` took, or passed, these values."""
        subject = as_written(self.checked, value.span, 200)
        if truth and isinstance(value, Name) and all(isinstance(v, Literal) and v.value is not None for v in case):
            narrowed = self._narrow(state, value.name, VALUE)
            if narrowed is None:
                return None
            state = narrowed
        literals = [one.text for one in case if isinstance(one, Literal)]
        if subject is None or subject not in self.subjects or len(literals) != len(case):
            return state
        if truth:
            return self._assume(state, Fact(subject, literals[0], True)) if len(literals) == 1 else state
        after: State | None = state
        for literal in literals:
            after = None if after is None else self._assume(after, Fact(subject, literal, False))
        return after

    def _known(self, test: Expr, truth: bool, state: State) -> State | None:
        fact = self._fact(test, truth)
        return state if fact is None or fact.subject not in self.subjects else self._assume(state, fact)

    def _fact(self, test: Expr, truth: bool) -> Fact | None:
        match test:
            case Compare(first=first, rest=(("==" | "!=" as operator, Literal(text=text)),)):
                subject = as_written(self.checked, first.span, 200)
                return None if subject is None else Fact(subject, text, truth == (operator == "=="))
        subject = as_written(self.checked, test.span, 200)
        return None if subject is None else Fact(subject, None, truth)

    def _assume(self, state: State, fact: Fact) -> State | None:
        if Fact(fact.subject, fact.value, not fact.truth) in state.facts:
            return None
        if fact.truth and fact.value is not None:
            for other in state.facts:
                if other.subject == fact.subject and other.truth and other.value not in (None, fact.value):
                    return None
        return State(state.bits, state.facts | {fact})

    def _asking(self) -> list[frozenset[str]]:
        """The repeated subjects that are asked at each point."""
        return [
            frozenset(
                subject
                for way in point.exits
                if way.test is not None
                for subject in self._subjects_of(way.test)
                if subject in self.subjects
            )
            for point in self.flow.points
        ]

    def _subjects_of(self, test: Expr) -> dict[str, Expr]:
        """The subjects of the conditions that a test is made of, with the conditions."""
        found: dict[str, Expr] = {}
        for atom in atoms(test):
            fact = self._fact(atom, True)
            if fact is not None:
                found[fact.subject] = atom
        return found

    def _repeated(self) -> dict[str, frozenset[str]]:
        """The subjects of conditions that are asked more than once in the flow, with the names that each reads."""
        counted: dict[str, int] = {}
        read: dict[str, frozenset[str]] = {}
        tests = {id(way.test): way.test for point in self.flow.points for way in point.exits if way.test is not None}
        for test in tests.values():
            for subject, atom in self._subjects_of(test).items():
                counted[subject] = counted.get(subject, 0) + 1
                read[subject] = frozenset(found.name.name for found in reads(atom))
        return {subject: read[subject] for subject, count in counted.items() if count > 1}


_OF_VALUES = frozenset({"string", "number", "mapping", "boolean", "true", "sequence"})


def _returns_nothing(checked: Checked, flow: tree.Flow) -> bool:
    """Whether some `return` of a flow gives none."""
    for point in checked.recall(flow, flow_paths).points:
        if isinstance(point.statement, tree.Return):
            value = point.statement.value
            if value is None or any(isinstance(n, Literal) and n.value is None for n in walk_expression(value)):
                return True
    return False
