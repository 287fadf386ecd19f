"""Where a call can go in one flow: points and the exits between them.

This is the graph that the checks of shape read. It is made from the tree, not from the compiled flow, so that a flow
with mistakes elsewhere still gets these findings, and it keeps what the compiled flow need not know: what a caller does
to take an exit, and what an exit tells of the variables.

Every handler of a header is copied to the places that lead to it, since where it goes on depends on where it came from.
Inside such a copy the keys of the header are left out, and `failed` leads to the same copy again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from flowengine.compiler.analysis.choices import choices
from flowengine.compiler.analysis.reads import expressions
from flowengine.compiler.analysis.words import choosing, event_of, key_of, shown, times
from flowengine.compiler.binding import Bound
from flowengine.compiler.model import Checked
from flowengine.core.graph import DEFAULTS
from flowengine.diagnostics import Span
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.tree import Expr, Literal
from flowengine.language import tree
from flowengine.verbs.base import Handler, Outcome, Then

HEADER_EVENTS = ("failed", "error", "press", "hangup")
"""What the header of a flow handles."""


class Kind(StrEnum):
    """What a point is. The last five are where ways end."""

    STEP = "step"
    STATEMENT = "statement"
    LISTEN = "listen"
    END = "the call ends"
    RETURN = "the flow returns"
    FAILED = "the flow fails"
    OFF = "the step ends nowhere"
    DONE = "the handler is done"


@dataclass(slots=True)
class Exit:
    """A way on. `how` tells what a caller does to take it, or what must be so; it is empty where there is no choice.

    `binds` is given a value, or none with `none`. `test` held, or not, by `truth`; for a `match`, `case` holds the
    values of the `when` that was taken. `silent`: also a caller who does nothing can take it. `outcome` is the
    verb's word.
    """

    target: int
    how: str = ""
    outcome: str = ""
    binds: str | None = None
    none: bool = False
    test: Expr | None = None
    truth: bool = True
    case: tuple[Expr, ...] | None = None
    silent: bool = True


@dataclass(slots=True)
class Point:
    """One thing that a flow does. `reads` are evaluated on coming here. `waits` for the caller or another side."""

    kind: Kind
    span: Span
    statement: tree.Statement | None = None
    exits: list[Exit] = field(default_factory=list)
    reads: tuple[Expr, ...] = ()
    waits: bool = False
    handler: str = ""


@dataclass(slots=True)
class FlowPaths:
    """The points of a flow. `steps` are the entries of its steps; `roots` those of `on error` and `on hangup`, which a
    call comes to from anywhere; `called` names the flows that it runs."""

    flow: tree.Flow
    called: tuple[str, ...]
    points: list[Point]
    start: int | None
    steps: dict[str, int]
    roots: dict[str, int]
    offs: dict[str, int]

    def runs(self) -> Iterator[tuple[int, tree.Run]]:
        """The points that run another flow."""
        for index, point in enumerate(self.points):
            if isinstance(point.statement, tree.Run):
                yield index, point.statement

    def reachable(self, start: int) -> set[int]:
        """The points that a call which is at `start` can come to, itself among them."""
        seen = {start}
        stack = [start]
        while stack:
            for way in self.points[stack.pop()].exits:
                if way.target not in seen:
                    seen.add(way.target)
                    stack.append(way.target)
        return seen


def flow_paths(checked: Checked, flow: tree.Flow) -> FlowPaths:
    """The points of a flow and the exits between them."""
    return _Builder(checked, flow).build()


class _Builder:
    def __init__(self, checked: Checked, flow: tree.Flow) -> None:
        self.checked = checked
        self.flow = flow
        self.points: list[Point] = []
        self.steps: dict[str, int] = {}
        self.offs: dict[str, int] = {}
        self.handlers = {
            _meant(trigger): handler for handler in flow.handlers for trigger in handler.triggers if handler.body
        }
        self.inside: tuple[str, int] | None = None  # the handler being copied, and its entry
        self.end = self.add(Kind.END, flow.span)
        self.returned = self.add(Kind.RETURN, flow.span)
        self.failure = self.add(Kind.FAILED, flow.span)
        self.done = self.add(Kind.DONE, flow.span)

    def add(
        self,
        kind: Kind,
        span: Span,
        statement: tree.Statement | None = None,
        exits: Iterable[Exit] = (),
        reads: tuple[Expr, ...] = (),
        *,
        waits: bool = False,
    ) -> int:
        handler = self.inside[0] if self.inside is not None else ""
        self.points.append(Point(kind, span, statement, list(exits), reads, waits, handler))
        return len(self.points) - 1

    def build(self) -> FlowPaths:
        for step in self.flow.steps:
            self.steps.setdefault(step.name.text, self.add(Kind.STEP, step.name.span))
        done: set[str] = set()
        for step in self.flow.steps:
            name = step.name.text
            if name not in done:
                done.add(name)
                self.offs[name] = self.add(Kind.OFF, step.name.span)
                self.points[self.steps[name]].exits.append(Exit(self.block(step.body, self.offs[name])))
        roots: dict[str, int] = {}
        for event in ("error", "hangup"):
            handler = self.handlers.get(event)
            if handler is not None:
                roots[event] = self.copy(event, handler, self.done)
        start = self.steps[self.flow.steps[0].name.text] if self.flow.steps else None
        called = tuple(dict.fromkeys(run.flow.text for run in self.checked.runs(self.flow)))
        return FlowPaths(self.flow, called, self.points, start, self.steps, roots, self.offs)

    def copy(self, event: str, handler: tree.On, after: int) -> int:
        """A copy of a header's handler that goes on at `after`."""
        outer = self.inside
        entry = self.add(Kind.STATEMENT, handler.span)
        self.inside = (event, entry)
        self.points[entry].exits.append(Exit(self.block(handler.body, after)))
        self.inside = outer
        return entry

    # ------------------------------------------------------------------------------------------------------ statements

    def block(self, block: tree.Block, after: int) -> int:
        for statement in reversed(block):
            after = self.statement(statement, after)
        return after

    def statement(self, statement: tree.Statement, after: int) -> int:
        reads = expressions(self.checked, statement)
        match statement:
            case tree.Goto(target=target):
                # A step that is not there is told by another check: go on, so that nothing follows from it.
                there = self.steps.get(target.text, self.end)
                if self.inside is not None and self.inside[0] == "hangup":
                    there = self.done
                return self.add(Kind.STATEMENT, statement.span, statement, [Exit(there)])
            case tree.Set(name=name, path=path):
                binds = None if path else name.text
                none = isinstance(statement.value, Literal) and statement.value.value is None
                return self.add(Kind.STATEMENT, statement.span, statement, [Exit(after, binds=binds, none=none)], reads)
            case tree.If():
                return self._if(statement, after)
            case tree.Match():
                return self._match(statement, after)
            case tree.Run():
                return self._run(statement, after, reads)
            case tree.Return():
                ends = self.done if self.inside is not None and self.inside[0] == "hangup" else self.returned
                return self.add(Kind.STATEMENT, statement.span, statement, [Exit(ends)], reads)
            case tree.Fail():
                ends = self.done if self.inside is not None and self.inside[0] == "hangup" else self.failure
                return self.add(Kind.STATEMENT, statement.span, statement, [Exit(ends)], reads)
            case tree.Verb():
                return self._verb(statement, after, reads)
            case tree.When() | tree.On():
                return after

    def _if(self, statement: tree.If, after: int) -> int:
        otherwise = after if statement.otherwise is None else self.block(statement.otherwise, after)
        for branch in reversed(statement.branches):
            body = self.block(branch.body, after)
            test = shown(self.checked, branch.test)
            exits = [
                Exit(body, f"{test} is true", test=branch.test),
                Exit(otherwise, f"{test} is false", test=branch.test, truth=False),
            ]
            otherwise = self.add(Kind.STATEMENT, branch.span, statement, exits, (branch.test,))
        return otherwise

    def _match(self, statement: tree.Match, after: int) -> int:
        value = shown(self.checked, statement.value)
        exits = []
        for case in statement.cases:
            body = after if case.body is None else self.block(case.body, after)
            how = f"{value} is {' or '.join(shown(self.checked, one).strip('`') for one in case.values[:3])}"
            exits.append(Exit(body, how, test=statement.value, case=case.values))
        otherwise = after if statement.otherwise is None else self.block(statement.otherwise, after)
        every = tuple(value for case in statement.cases for value in case.values)
        exits.append(Exit(otherwise, f"{value} is something else", test=statement.value, truth=False, case=every))
        reads = (statement.value, *every)
        return self.add(Kind.STATEMENT, statement.span, statement, exits, reads)

    def _run(self, statement: tree.Run, after: int, reads: tuple[Expr, ...]) -> int:
        point = self.add(Kind.STATEMENT, statement.flow.span, statement, (), reads)
        name = None if statement.result is None else statement.result.text
        exits = self.points[point].exits
        exits.append(Exit(after, outcome="returned", binds=name))
        handlers = [inner for inner in statement.body if isinstance(inner, tree.On)]
        failed = self.block(handlers[0].body, after) if handlers else self._failed(after)
        exits.append(Exit(failed, f"`{statement.flow.text}` fails", "failed", name, none=True))
        exits += self._presses(point, set())
        return point

    def _failed(self, after: int) -> int:
        """Where `failed` leads that the statement does not handle itself."""
        if self.inside is not None:
            event, entry = self.inside
            if event == "hangup":
                return after
            if event == "failed":
                return entry
        handler = self.handlers.get("failed")
        return self.failure if handler is None else self.copy("failed", handler, after)

    def _presses(self, again: int, taken: set[str]) -> list[Exit]:
        """The ways that the keys of the header open, but for those `taken`."""
        if self.inside is not None:
            return []
        exits = []
        for event, handler in self.handlers.items():
            key = event.removeprefix("press ")
            if key != event and key not in taken:
                exits.append(Exit(self.copy(event, handler, again), f"press {key}", event, silent=False))
        return exits

    # ----------------------------------------------------------------------------------------------------------- verbs

    def _verb(self, statement: tree.Verb, after: int, reads: tuple[Expr, ...]) -> int:
        bound = self.checked.bound.get(id(statement))
        if bound is None:
            meant = closest(statement.name.text, self.checked.verbs)
            if meant is not None and self.checked.verbs[meant].leaves:
                # `hangpu`: one mistake is enough to tell.
                return self.add(Kind.STATEMENT, statement.name.span, statement, [Exit(self.end)], reads)
            return self._unknown(statement, after, reads)
        verb = bound.verb
        if verb.leaves:
            return self.add(Kind.STATEMENT, statement.name.span, statement, [Exit(self.end)], reads)
        if any(outcome.counted for outcome in verb.outcomes):
            return self._listening(bound, after, reads)
        point = self.add(Kind.STATEMENT, statement.name.span, statement, (), reads)
        self.points[point].waits = bool(verb.outcomes) and not verb.alone
        exits = self.points[point].exits
        name = None if bound.name is None else bound.name.text
        for number, outcome in enumerate(verb.outcomes):
            for way in self._outcome(bound, outcome, point, after):
                way.binds = name
                way.none = number > 0
                exits.append(way)
        for handler in bound.handlers:
            if verb.outcome(handler.name) is None:
                body = self.block(handler.body, after)
                exits.append(Exit(body, f"`{verb.name}` answers {handler.name}", handler.name, name, none=True))
        exits += self._misspelt(bound, after)
        if not verb.outcomes:
            exits.append(Exit(after))
        if not bound.content:
            return point
        if any(outcome.keyed for outcome in verb.outcomes):
            # The prompts of a queue are played again and again while the caller waits.
            exits.append(Exit(self.block(bound.content, point)))
            return point
        return self.block(bound.content, point)

    def _outcome(self, bound: Bound, outcome: Outcome, point: int, after: int) -> Iterator[Exit]:
        """The ways that an outcome opens."""
        verb = bound.verb
        handlers = [handler for handler in bound.handlers if handler.name == outcome.name]
        silent = not outcome.keyed and not (verb.name == "record" and outcome.name == "recorded")
        if outcome.keyed:
            for handler in handlers:
                body = self.block(handler.body, point)
                yield Exit(body, f"press {handler.argument}", f"press {handler.argument}", silent=False)
            return
        ends = self.end if outcome.then is Then.HANGS_UP else after
        if handlers:
            target = self.block(handlers[0].body, ends)
        elif outcome.then is Then.MUST_BE_HANDLED:
            target = self._failed(after)
        else:
            target = ends
        yield Exit(target, f"`{verb.name}` ends in `{outcome.name}`", outcome.name, silent=silent)

    def _misspelt(self, bound: Bound, after: int) -> Iterator[Exit]:
        """The ways into handlers of outcomes that nobody knows: what stands in them is not unreachable for that."""
        known = {handler.span for handler in bound.handlers}
        for inner in bound.statement.body or ():
            if isinstance(inner, tree.On) and not any(trigger.span in known for trigger in inner.triggers):
                yield Exit(self.block(inner.body, after), silent=False)

    def _unknown(self, statement: tree.Verb, after: int, reads: tuple[Expr, ...]) -> int:
        """A verb that nobody knows: it may go on, or into any block that is written in it."""
        exits = [Exit(after)]
        for inner in statement.body or ():
            if isinstance(inner, tree.On | tree.When):
                exits.append(Exit(self.block(inner.body or (), after)))
            else:
                exits.append(Exit(self.statement(inner, after)))
        return self.add(Kind.STATEMENT, statement.name.span, statement, exits, reads, waits=True)

    # ------------------------------------------------------------------------------------------------------- listening

    def _listening(self, bound: Bound, after: int, reads: tuple[Expr, ...]) -> int:
        """A menu or gather: its prompts, then the point that listens."""
        statement = bound.statement
        name = None if bound.name is None else bound.name.text
        listen = self.add(Kind.LISTEN, statement.name.span, statement, (), self._late(bound), waits=True)
        again = self.block(bound.content, listen)
        exits = self.points[listen].exits
        taken: set[str] = set()
        if bound.verb.choices:
            for choice in choices(bound.content):
                body = after if choice.when.body is None else self.block(choice.when.body, after)
                exits.append(Exit(body, choosing(choice.when), "when", name, silent=False))
                taken |= {text for value in choice.when.values if (text := key_of(value)) is not None}
        else:
            exits.append(Exit(after, f"enter a fitting {name}", "value", name, silent=False))
        exits += self._missed(bound, name, again, after)
        exits += self._misspelt(bound, again)
        exits += self._presses(again, taken)
        early = tuple(expr for expr in reads if not any(expr is late for late in self._late(bound)))
        return self.add(Kind.STATEMENT, statement.name.span, statement, [Exit(again)], early)

    def _late(self, bound: Bound) -> tuple[Expr, ...]:
        """The arguments that are worked out when there is an input: `where` reads the NAME itself."""
        where = bound.exprs.get("where")
        return () if where is None else (where,)

    def _missed(self, bound: Bound, name: str | None, again: int, after: int) -> list[Exit]:
        """The ways of silence and of misfits, and of the end of all tries."""
        exits: list[Exit] = []
        tries = tries_of(self.checked, self.flow, bound)
        silence_ends = False
        for event, how in (("noinput", "say and press nothing"), ("nomatch", "enter something that does not fit")):
            handlers = sorted((h for h in bound.handlers if h.name == event), key=lambda h: h.argument or 1)
            entries = {handler.argument or 1: self.block(handler.body, again) for handler in handlers}
            used = False
            for count in range(1, tries or 100):
                number = max((n for n in entries if n <= count), default=None)
                if number is None:
                    if not used:
                        exits.append(Exit(again, how, event, name, none=True, silent=event == "noinput"))
                    used = True
                    continue
                silent = event == "noinput" and not silence_ends
                if number == count:
                    told = how if count == 1 else f"{how} {times(count)}"
                    exits.append(Exit(entries[number], told, f"{event} {count}", name, none=True, silent=silent))
                if event == "noinput" and not self._goes_on(_body(handlers, number)):
                    silence_ends = True
        how = f"enter nothing {times(tries)}" if tries else "enter nothing until all tries are spent"
        handlers = [handler for handler in bound.handlers if handler.name == "failed"]
        target = self.block(handlers[0].body, after) if handlers else self._failed(after)
        exits.append(Exit(target, how, "failed", name, none=True, silent=not silence_ends))
        return exits

    def _goes_on(self, body: tree.Block) -> bool:
        return goes_on(self.checked, body)


# -------------------------------------------------------------------------------------------- what the tree alone tells


def tries_of(checked: Checked, flow: tree.Flow, bound: Bound) -> int | None:
    """How many tries a menu or gather has; None where that is worked out only in the call."""
    value = bound.args.get("tries")
    if "tries" in bound.exprs:
        return value.constant if value is not None and isinstance(value.constant, int) else None
    for setting in flow.settings:
        if setting.name.text == "tries":
            constant = setting.value.value if isinstance(setting.value, Literal) else None
            return constant if isinstance(constant, int) else None
    settings = {**DEFAULTS, **checked.config.settings}
    return int(settings["tries"])


def goes_on(checked: Checked, block: tree.Block) -> bool:
    """Whether the end of a block can be reached, as far as its own statements tell."""
    return all(statement_goes_on(checked, statement) for statement in block)


def statement_goes_on(checked: Checked, statement: tree.Statement) -> bool:
    """Whether the statement after this one can be reached, as far as this one tells."""
    match statement:
        case tree.Goto() | tree.Return() | tree.Fail():
            return False
        case tree.If(branches=branches, otherwise=otherwise):
            return otherwise is None or any(goes_on(checked, body) for body in (*(b.body for b in branches), otherwise))
        case tree.Match(cases=cases, otherwise=otherwise):
            bodies = [*(case.body or () for case in cases), otherwise or ()]
            return otherwise is None or any(goes_on(checked, body) for body in bodies)
        case tree.Verb():
            bound = checked.bound.get(id(statement))
            return bound is None or _verb_goes_on(checked, bound)
        case _:
            return True


def _verb_goes_on(checked: Checked, bound: Bound) -> bool:
    verb = bound.verb
    if verb.leaves:
        return False
    if not verb.outcomes:
        return True
    handlers: dict[str, list[Handler]] = {}
    for handler in bound.handlers:
        handlers.setdefault(handler.name, []).append(handler)
    for outcome in verb.outcomes:
        if outcome.then is Then.PLAYS_AGAIN or outcome.then is Then.HANGS_UP:
            continue
        handled = handlers.get(outcome.name, ())
        if outcome.then is Then.MUST_BE_HANDLED and not handled:
            continue  # it leaves, or its header's handler tells; the way that fits decides
        if not handled or any(goes_on(checked, handler.body) for handler in handled):
            return True
    if any(verb.outcome(handler.name) is None and goes_on(checked, handler.body) for handler in bound.handlers):
        return True
    if verb.choices:
        offered = list(choices(bound.content))
        return any(choice.when.body is None or goes_on(checked, choice.when.body) for choice in offered)
    return any(outcome.counted for outcome in verb.outcomes)


def _meant(trigger: tree.Trigger) -> str:
    """What a trigger of a header waits for, a misspelt one for what it is most like."""
    event = event_of(trigger)
    name = trigger.name.text
    return event if name in HEADER_EVENTS else event.replace(name, closest(name, HEADER_EVENTS) or name, 1)


def _body(handlers: Sequence[Handler], number: int) -> tree.Block:
    return next(handler.body for handler in handlers if (handler.argument or 1) == number)
