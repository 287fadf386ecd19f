"""What the caller, or the other side, can do while a call waits: each class of behaviour once.

menu                each `when` by a key and by its words, keys of the header, a wrong key, wrong words, silence
gather              inputs that the flow answers differently, one that does not fit, silence
record              a message, a message that ends by hanging up, silence
transfer            each outcome
conference, queue   each outcome, each key that is answered there
anywhere            hanging up
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flowengine.core.commands import Conference, Dial, Enqueue, Listen, Record, Wait
from flowengine.core.graph import Program
from flowengine.core.keys import DIGITS, KEYS
from flowengine.core.run import Run
from flowengine.core.session import Session
from flowengine.core.words import find, words
from flowengine.expressions.evaluate import Compiled, ExpressionError, Scope
from flowengine.expressions.tree import Duration, Literal, Range
from flowengine.language import tree
from flowengine.simulator.coverage.points import choice, whens
from flowengine.simulator.explore.expressions import Questions, nodes, statements
from flowengine.simulator.recorder import quoted
from flowengine.simulator.typed import Action
from flowengine.verbs.gather import GatherNode
from flowengine.verbs.menu import MenuNode

_WRONG_WORDS = ("I am not sure", "hello there", "something else", "what was that")
_MESSAGE = "Please call me back."
_MOST_INPUTS = 12
_TALK = 30.0

HANG_UP = Action("hangup", "hangup")
WAIT = Action("wait", "wait", (None,))


@dataclass(slots=True)
class Acts:
    """What can be done at each wait of a program's calls; kept, since most waits come again and again."""

    program: Program
    trees: dict[str, tree.Flow]
    questions: Questions
    _known: dict[Any, tuple[Action, ...]] = field(default_factory=dict)
    _constants: tuple[str, ...] | None = None

    def at(self, session: Session, wait: Wait, now: float) -> tuple[Action, ...]:
        """Everything that can be done now; hanging up is the last."""
        match wait:
            case Listen():
                return (*self._listening(session, wait, now), HANG_UP)
            case Record(longest=longest):
                seconds = min(4.0, longest)
                return (_leave(seconds, False), WAIT, _leave(seconds, True), HANG_UP)
            case Dial():
                return (*map(_peer, ("answered", "busy", "noanswer", "declined", "failed")), HANG_UP)
            case Conference(presses=presses):
                return (*map(_press, presses), HANG_UP)
            case Enqueue(presses=presses, remaining=remaining):
                over = (WAIT,) if remaining is not None else ()
                return (_peer("answered"), *over, _peer("failed"), *map(_press, presses), HANG_UP)
        return ()

    # ------------------------------------------------------------------------------------------------------- listening

    def _listening(self, session: Session, wait: Listen, now: float) -> tuple[Action, ...]:
        if session.keys:
            return (WAIT,)
        program = self.program
        run = Run(program, session.copy(), now)
        frame = run.frame
        node = run.node = run.graph.nodes[frame.node]
        if isinstance(node, MenuNode):
            key: Any = ("menu", frame.flow, frame.node, wait.keys, wait.presses, wait.hints)
        else:
            # What a gather's input leads to depends on what else the flow knows by now.
            key = ("gather", frame.flow, frame.node, repr(run.variables), wait.presses)
        if key not in self._known:
            if isinstance(node, MenuNode):
                found = list(self._menu(run, node, wait))
            else:
                assert isinstance(node, GatherNode)
                found = list(self._gather(run, node, wait))
            self._known[key] = tuple(dict.fromkeys(found))
        return self._known[key]

    def _menu(self, run: Run, node: MenuNode, wait: Listen) -> Iterator[Action]:
        active = node.active(run)
        table = node.table(run)
        phrases = [phrase for number in active for phrase in node.offers[number].phrases]
        statement = self._statement(run.frame.flow, node)
        for number, when in enumerate(whens(statement.body or ()) if statement is not None else ()):
            if number not in active:
                continue
            for value in when.values:
                one = choice(value)
                for key in sorted(one.keys, key=lambda key: (len(key), key)):
                    if table.of.get(key) == number:
                        yield _press(key)
                        break
                if one.words and isinstance(value, Literal) and isinstance(value.value, str):
                    yield _speak(value.value)
        yield WAIT
        yield from map(_press, table.presses)
        taken = {key[0] for key in (*table.of, *table.presses)}
        wrong = next((key for key in "9876543210*#D" if key not in taken), None)
        if wrong is not None:
            yield _press(wrong)
        if wait.speech:
            yield from (_speak(text) for text in _WRONG_WORDS[:1] if not _said(text, phrases))

    def _statement(self, flow: str, node: MenuNode) -> tree.Verb | None:
        for statement in statements(self.trees[flow]):
            if isinstance(statement, tree.Verb) and statement.name.span == node.span:
                return statement
        return None

    def _gather(self, run: Run, node: GatherNode, wait: Listen) -> Iterator[Action]:
        fitting, misfit = self._inputs(run, node, self._numbers(run, wait))
        yield from (_press(_typed(value, wait)) for value in fitting)
        yield WAIT
        wrong = _too_short(wait) or next((key for key in "*#D" if key not in wait.finish + "".join(wait.presses)), None)
        if wrong is not None:
            yield _press(wrong)
        if misfit is not None:
            yield _press(_typed(misfit, wait))
        yield from map(_press, wait.presses)
        if wait.speech:
            if "digits" in node.args:
                yield from (_speak(value) for value in fitting[:1])
                yield _speak(_WRONG_WORDS[0])
            else:
                spoken, wrong_words = self._inputs(run, node, [*wait.hints, *self._texts(), _WRONG_WORDS[0]])
                yield from map(_speak, spoken)
                yield from () if wrong_words is None else (_speak(wrong_words),)

    def _inputs(self, run: Run, node: GatherNode, candidates: Iterable[str]) -> tuple[list[str], str | None]:
        """Of the candidates, one of each kind that the flow answers differently, and one that `where` refuses."""
        assert node.name is not None
        where = node.args.get("where")
        condition = None if where is None else where.compiled
        names = frozenset({node.name})
        first: dict[Any, str] = {}
        last: str | None = None
        misfit: str | None = None
        for value in candidates:
            variables = {**run.variables, node.name: value}
            if not _fits(condition, run.scope.with_variables(variables)):
                misfit = misfit or value
                continue
            first.setdefault(self.questions.answers(run.frame.flow, names, variables, run.scope), value)
            last = value if last is None or (len(value), value) > (len(last), last) else last
        fitting = list(first.values())[:_MOST_INPUTS]
        if last is not None and last not in fitting:
            fitting.append(last)
        return fitting, misfit

    def _numbers(self, run: Run, wait: Listen) -> list[str]:
        """Inputs of digits that may make a difference: what the flow compares with, what it knows, and a spread."""
        known = [*self._known_texts(), *_leaves(run.variables), *_leaves(dict(run.program.project.variables))]
        lengths = _lengths(wait, known)
        found: list[str] = []
        for text in known:
            for length in lengths:
                padded = text.zfill(length)
                if len(padded) == length and DIGITS.issuperset(padded):
                    found.append(padded)
        for length in lengths:
            found += _spread(length)
        return list(dict.fromkeys(found))

    def _texts(self) -> list[str]:
        return [text for text in self._known_texts() if text and not KEYS.issuperset(text)]

    def _known_texts(self) -> tuple[str, ...]:
        """The constants of all flows, as text; of a number its neighbours too."""
        if self._constants is None:
            found: list[str] = []
            for flow in self.trees.values():
                for node in nodes(flow):
                    match node:
                        case Literal(value=bool()):
                            continue
                        case Literal(value=int(number)):
                            found += [str(near) for near in (number, number - 1, number + 1) if near >= 0]
                        case Literal(value=str(text)) if text:
                            found.append(text)
                        case Range(low=low, high=high):
                            found += [str(low), str(high), str(high + 1)]
                        case Duration():
                            continue
            self._constants = tuple(dict.fromkeys(found))
        return self._constants


def _fits(condition: Compiled | None, scope: Scope) -> bool:
    if condition is None:
        return True
    try:
        return bool(condition(scope))
    except ExpressionError:
        return False


def _lengths(wait: Listen, known: Iterable[str]) -> list[int]:
    least = max(1, wait.shortest)
    most = wait.longest
    sizes = {len(text) for text in known if DIGITS.issuperset(text)}
    if most is None:
        return sorted({least, least + 3} | {size for size in sizes if least <= size <= 16})
    return sorted({least, most} | {size for size in sizes if least <= size <= most})


def _spread(length: int) -> list[str]:
    """Numbers of a length: all where they are few, else some from all over."""
    if length <= 2:
        return [str(number).zfill(length) for number in range(10**length)]
    size = 10**length
    plain = "1234567890123456"[:length].ljust(length, "7")
    return [plain, *(str(number * size // 100 + number * 7).zfill(length) for number in range(100))]


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield key
                yield from _leaves(inner)
        case list():
            for inner in value[:20]:
                yield from _leaves(inner)
        case bool() | None:
            return
        case int() | str():
            yield str(value)


def _typed(value: str, wait: Listen) -> str:
    """The keys that make the value: with the finish key unless its length ends it."""
    full = wait.longest is not None and len(value) == wait.longest
    return value if full or not wait.finish else value + wait.finish[0]


def _too_short(wait: Listen) -> str | None:
    return "1" * (wait.shortest - 1) + wait.finish[0] if wait.shortest > 1 and wait.finish else None


def _said(text: str, phrases: Iterable[list[str]]) -> bool:
    said = words(text)
    return any(find(phrase, said) >= 0 for phrase in phrases)


def _press(keys: str) -> Action:
    return Action("press", f"press {quoted(keys)}", (keys,))


def _speak(text: str) -> Action:
    return Action("speak", f"speak {quoted(text)}", (text,))


def _peer(outcome: str) -> Action:
    if outcome == "answered":
        return Action("peer", f"peer answered {_TALK:g}s", (outcome, _TALK))
    return Action("peer", f"peer {outcome}", (outcome, 0.0))


def _leave(seconds: float, hangup: bool) -> Action:
    line = f"leave {seconds:g}s {quoted(_MESSAGE)}" + (" hangup" if hangup else "")
    return Action("leave", line, (seconds, _MESSAGE, hangup))
