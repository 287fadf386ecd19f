"""What `menu` and `gather` share: prompts, waiting for keys or words, trying again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mypy_extensions import mypyc_attr

from flowengine.core.commands import Listen
from flowengine.core.events import Event, Keys, Speech
from flowengine.core.graph import Node
from flowengine.core.journal import MASK
from flowengine.core.keys import KEYS, Collected, Complete, Misfit, Pressed
from flowengine.core.run import Run
from flowengine.core.session import Frame
from flowengine.diagnostics import Span
from flowengine.verbs.base import Argument, Lowering, Outcome, Then, Use, VerbNode
from flowengine.verbs.kinds import BOOLEAN, duration, whole

LISTENING = (
    Argument(
        "timeout",
        duration(0.1, 600),
        "Silence after the prompts, before `noinput`.",
        default=None,
        shown="the setting (5s)",
        setting=True,
    ),
    Argument(
        "interdigit",
        duration(0.1, 60),
        "Silence between two keys.",
        default=None,
        shown="the setting (3s)",
        setting=True,
    ),
    Argument(
        "tries", whole(1, 100), "How many attempts there are.", default=None, shown="the setting (3)", setting=True
    ),
    Argument(
        "bargein",
        BOOLEAN,
        "Whether a key interrupts the prompts.",
        default=None,
        shown="the setting (true)",
        setting=True,
    ),
)

MISSED = (
    Outcome("noinput", Then.PLAYS_AGAIN, "Nothing was heard in time.", counted=True),
    Outcome("nomatch", Then.PLAYS_AGAIN, "What was heard does not fit.", counted=True),
    Outcome("failed", Then.MUST_BE_HANDLED, "All tries are spent."),
)


class BeginNode(Node):
    """The way into a menu or gather: a new count of tries."""

    __slots__ = ("listen",)
    kind: ClassVar[str] = "begin"

    def __init__(self, span: Span, next_node: int, listen: int) -> None:
        super().__init__(span, {"next": next_node})
        self.listen = listen

    def enter(self, run: Run) -> int:
        if run.frame.tries:
            run.frame.tries.pop(str(self.listen), None)
        if run.session.notes:
            run.session.notes.pop("whens", None)
        return self.exits["next"]


class AgainNode(Node):
    """The way back to the prompts of a menu whose choices depend on conditions: they are collected anew."""

    __slots__ = ()
    kind: ClassVar[str] = "again"

    def enter(self, run: Run) -> int:
        run.session.notes.pop("whens", None)
        return self.exits["next"]


@mypyc_attr(allow_interpreted_subclasses=True)
class ListenNode(VerbNode):
    """Waits for the caller.

    Exits: `next`, `again` (the prompts), `failed`, `noinput 1`, `nomatch 2`, …
    """

    __slots__ = ("name", "timed")

    def __init__(self, use: Use, exits: Mapping[str, int]) -> None:
        super().__init__(use, exits)
        self.name = use.name
        self.timed = not {"timeout", "interdigit", "bargein"}.isdisjoint(self.args)

    # What a menu and a gather differ in.

    def collect(self, run: Run, typed: str, final: bool) -> Collected:
        """What the keys typed so far are."""
        raise TypeError(self.kind)

    def complete(self, run: Run, value: str) -> int:
        """Go on with an input of keys that fits."""
        raise TypeError(self.kind)

    def spoken(self, run: Run, text: str) -> int:
        """Go on with what was said."""
        raise TypeError(self.kind)

    def listen(self, run: Run, typed: str) -> Listen:
        """The wait, for the carrier."""
        raise TypeError(self.kind)

    # The rest is the same.

    def enter(self, run: Run) -> int:
        session = run.session
        if session.gone:
            return run.caller_left()
        run.answer()
        if not self.setting(run, "bargein"):
            session.keys = ""
        recorded = run.recorded_input()
        if recorded is not None or session.keys:
            run.drop_prompts()
            if recorded is not None:
                return self._replayed(run, *recorded)
            return self._keyed(run, session.keys, final=False)
        run.asked(self.kind, self.shown_args(run), {})
        return run.wait_for(self.listen(run, ""))

    def shown_args(self, run: Run) -> tuple[Any, ...]:
        return () if self.name is None else (self.name,)

    def resume(self, run: Run, event: Event) -> int:
        session = run.session
        recorded = run.recorded_input()
        if recorded is not None:
            return self._replayed(run, *recorded)
        if isinstance(event, Speech):
            session.keys = ""
            run.note("input", "speech", MASK if self.sensitive else event.text)
            return self.spoken(run, event.text)
        if isinstance(event, Keys):
            digits = event.digits
            if not KEYS.issuperset(digits):
                digits = "".join(key for key in digits if key in KEYS)
            late = session.dropped and digits.startswith(session.dropped) and event.at <= session.dropped_until
            session.dropped = ""
            if late and not session.keys:
                # The finish key that belongs to the input before: it interrupted these prompts for nothing.
                digits = digits[1:]
                if not digits:
                    run.note("input", "finish")
                    return self.exits["again"]
            session.keys += digits
            return self._keyed(run, session.keys, event.final)
        session.dropped = ""
        return self._keyed(run, session.keys, final=True)

    def _keyed(self, run: Run, typed: str, final: bool) -> int:
        """Keys are there, or the time for them is over."""
        session = run.session
        if not typed and final:
            run.note("input", "silence")
            return self.missed(run, "noinput")
        found = self.collect(run, typed, final)
        if isinstance(found, Complete):
            session.keys = found.rest
            if found.full and not found.rest:
                session.dropped = self._finish(run)
                session.dropped_until = run.at + self.setting(run, "interdigit")
            run.note("input", "keys", MASK if self.sensitive else found.value)
            return self.complete(run, found.value)
        if isinstance(found, Pressed):
            session.keys = found.rest
            run.note("input", "press", found.key)
            return self.pressed(run, found.key)
        if isinstance(found, Misfit):
            run.note("input", "misfit", MASK if self.sensitive else found.typed)
            return self.missed(run, "nomatch")
        return run.wait_for(self.listen(run, typed))

    def _finish(self, run: Run) -> str:
        return ""

    def waiting(self, run: Run) -> tuple[float, float, bool]:
        """How long the caller may be silent at first and between two keys, in seconds, and whether a key interrupts."""
        settings = run.settings
        if not self.timed:
            return settings["timeout"], settings["interdigit"], settings["bargein"]
        return self.setting(run, "timeout"), self.setting(run, "interdigit"), self.setting(run, "bargein")

    def _replayed(self, run: Run, how: str, text: str) -> int:
        """Take the input as the journal has it; a sensitive one reads `••••` and stays so."""
        run.note("input", how, text)
        match how:
            case "keys":
                return self.complete(run, text)
            case "speech":
                return self.spoken(run, text)
            case "press":
                return self.pressed(run, text)
            case "finish":
                return self.exits["again"]
            case "misfit":
                return self.missed(run, "nomatch")
        return self.missed(run, "noinput")

    def pressed(self, run: Run, key: str) -> int:
        """A flow-wide key: its handler runs on top, and comes back to the prompts unless it leaves."""
        frames = run.session.frames
        for index in range(len(frames) - 1, -1, -1):
            frame = frames[index]
            entry = run.program.flows[frame.flow].presses.get(key) if frame.base is None else None
            if entry is not None:
                run.note("outcome", f"press {key}", self.kind)
                run.push(Frame(frame.flow, entry, base=index, after=self.exits["again"], handler="press"))
                return entry
        return self.missed(run, "nomatch")

    def presses(self, run: Run) -> tuple[str, ...]:
        """The keys of all flows under way that have a flow-wide handler."""
        frames = run.session.frames
        if len(frames) == 1:
            return tuple(run.graph.presses)
        keys: dict[str, None] = {}
        for frame in reversed(frames):
            if frame.base is None:
                keys.update(dict.fromkeys(run.program.flows[frame.flow].presses))
        return tuple(keys)

    def forget_tries(self, run: Run) -> None:
        """It has its input: the next time counts anew."""
        if run.frame.tries:
            run.frame.tries.pop(str(self.index), None)

    def missed(self, run: Run, outcome: str) -> int:
        """A try is spent: the handler of this count, then the prompts again; after the last one, `failed`."""
        session = run.session
        session.keys = ""
        session.dropped = ""
        tries = run.frame.tries
        silences, misfits = tries.get(str(self.index), (0, 0))
        if outcome == "noinput":
            silences += 1
        else:
            misfits += 1
        if self.name is not None:
            run.bind(self.name, None)
        if silences + misfits >= self.setting(run, "tries"):
            run.note("outcome", outcome, self.kind)
            tries.pop(str(self.index), None)
            return run.outcome(self, "failed")
        tries[str(self.index)] = (silences, misfits)
        run.note("outcome", outcome, self.kind)
        for number in range(silences if outcome == "noinput" else misfits, 0, -1):
            target = self.exits.get(f"{outcome} {number}")
            if target is not None:
                return target
        return self.exits["again"]


def lower_missed(into: Lowering, use: Use, again: int) -> dict[str, int]:
    """The exits for `noinput`, `nomatch` and `failed` handlers of one use."""
    exits: dict[str, int] = {}
    for handler in use.handlers:
        if handler.name in ("noinput", "nomatch"):
            exits[f"{handler.name} {handler.argument or 1}"] = into.block(handler.body, again)
        else:
            exits[handler.name] = into.block(handler.body, use.next)
    return exits
