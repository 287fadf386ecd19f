"""`menu`: offer choices, by key or by word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from flowengine.core.commands import Listen
from flowengine.core.graph import Node
from flowengine.core.keys import KEYS, Choices, Collected
from flowengine.core.run import Run
from flowengine.core.words import find, words
from flowengine.diagnostics import Span
from flowengine.expressions.tree import Expr, Literal, Range
from flowengine.language.tree import When
from flowengine.verbs.base import Binding, Lowering, Use, Verb
from flowengine.verbs.listening import LISTENING, MISSED, AgainNode, BeginNode, ListenNode, lower_missed

EXAMPLE = """\
flow menu_example

start:
    menu choice tries=2:
        say "For sales, press 1. For support, press 2."
        when 1, "sales"
        when 2, "support"
        on noinput:
            say "Sorry, I did not hear anything."
        on failed:
            say "Goodbye."
            hangup
    say "You chose {{ choice }}."
    hangup
"""


_MOST_TABLES = 64
"""Tables of one menu that are kept: of its choices that count, and of the keys of the flows around it."""

_KEYS = KEYS - frozenset("ABCD")
"""What a text of `when` must be made of to be keys: "A" is a word that somebody says."""


def keys_of(value: Expr) -> list[str] | None:
    """The keys that a `when` value stands for, as typed; None when it is words, or no literal."""
    if isinstance(value, Range):
        return [str(number) for number in range(value.low, value.high + 1)]
    if not isinstance(value, Literal) or isinstance(value.value, bool) or value.value is None:
        return None
    if isinstance(value.value, int):
        return [value.text] if value.text.isdecimal() else None
    if isinstance(value.value, str) and value.value and _KEYS.issuperset(value.value):
        return [value.value]
    return None


class WhenNode(Node):
    """A `when` inside an `if` or `match`: it counts only where the way to it was taken."""

    __slots__ = ("number",)
    kind: ClassVar[str] = "when"

    def __init__(self, span: Span, next_node: int, number: int) -> None:
        super().__init__(span, {"next": next_node})
        self.number = number

    def enter(self, run: Run) -> int:
        notes = run.session.notes
        notes["whens"] = [*notes.get("whens", ()), self.number]
        return self.exits["next"]


class Offer:
    """What one `when` offers: its keys, its phrases (as words), and the value that a NAME gets for the phrases."""

    __slots__ = ("keys", "name", "phrases")

    def __init__(self, when: When) -> None:
        self.keys: list[str] = []
        self.phrases: list[list[str]] = []
        self.name: str | None = None
        for value in when.values:
            keys = keys_of(value)
            if keys is not None:
                self.keys += keys
            elif isinstance(value, Literal) and isinstance(value.value, str):
                self.phrases.append(words(value.value))
                self.name = self.name or value.value


class MenuNode(ListenNode):
    """Exits besides those of every listening node: `when 0`, `when 1`, … by place in the text."""

    __slots__ = ("_all", "_alone", "_tables", "dynamic", "names", "offers", "speech")
    kind: ClassVar[str] = "menu"

    def __init__(self, use: Use, exits: Mapping[str, int], offers: Sequence[Offer], dynamic: bool) -> None:
        super().__init__(use, exits)
        self.offers = tuple(offers)
        self.dynamic = dynamic
        self.names = tuple(f"when {number}" for number in range(len(self.offers)))
        self._all = tuple(range(len(self.offers)))
        self._alone: Choices | None = None
        self.speech = any(offer.phrases for offer in offers)
        self._tables: dict[tuple[tuple[int, ...], tuple[str, ...]], Choices] = {}

    def _table(self, active: tuple[int, ...], presses: tuple[str, ...]) -> Choices:
        known = self._tables.get((active, presses))
        if known is not None:
            return known
        if len(self._tables) >= _MOST_TABLES:
            self._tables.clear()
        choices: dict[str, int] = {}
        for number in active:
            for key in self.offers[number].keys:
                choices.setdefault(key, number)
        known = self._tables[active, presses] = Choices(choices, presses)
        return known

    def active(self, run: Run) -> tuple[int, ...]:
        """The `when`s that count now, by number."""
        if not self.dynamic:
            return self._all
        return tuple(sorted(run.session.notes.get("whens", ())))

    def table(self, run: Run) -> Choices:
        if self.dynamic or len(run.session.frames) > 1:
            return self._table(self.active(run), self.presses(run))
        # In the flow that a call began with, with nothing around it, they are always the same: 0.1 µs instead of 0.8.
        alone = self._alone
        if alone is None:
            alone = self._alone = self._table(self._all, self.presses(run))
        return alone

    def collect(self, run: Run, typed: str, final: bool) -> Collected:
        return self.table(run).collect(typed, final)

    def complete(self, run: Run, value: str) -> int:
        return self._chosen(run, self.table(run).of[value], value)

    def spoken(self, run: Run, text: str) -> int:
        said = words(text)
        table = self.table(run)
        typed = "".join(said)
        if typed in table.of:
            return self._chosen(run, table.of[typed], typed)
        best: tuple[int, int] | None = None
        for number in self.active(run):
            for phrase in self.offers[number].phrases:
                if find(phrase, said) >= 0 and (best is None or len(phrase) > best[0]):
                    best = (len(phrase), number)
        if best is None:
            return self.missed(run, "nomatch")
        return self._chosen(run, best[1], "")

    def _chosen(self, run: Run, number: int, key: str) -> int:
        offer = self.offers[number]
        if self.name is not None:
            run.bind(self.name, offer.name or key)
        self.forget_tries(run)
        name = self.names[number]
        run.note("outcome", name, self.kind)
        return self.exits[name]

    def listen(self, run: Run, typed: str) -> Listen:
        table = self.table(run)
        hints: list[str] = []
        if self.speech:
            for number in self.active(run):
                hints += [" ".join(phrase) for phrase in self.offers[number].phrases]
        timeout, interdigit, bargein = self.waiting(run)
        return Listen(
            timeout=timeout,
            interdigit=interdigit,
            bargein=bargein,
            language=run.language,
            keys=table.keys,
            longest=table.longest,
            presses=table.presses,
            speech=self.speech,
            hints=tuple(hints),
            typed=typed,
        )


def _lower(into: Lowering, use: Use) -> int:
    listen = into.reserve()
    whens = into.choices(use.content)
    dynamic = into.is_dynamic(use.content)
    prompts = into.block(use.content, listen)
    again = into.add(AgainNode(use.span, {"next": prompts})) if dynamic else prompts
    exits = {"again": again, **lower_missed(into, use, again)}
    for number, when in enumerate(whens):
        exits[f"when {number}"] = use.next if when.body is None else into.block(when.body, use.next)
    into.place(listen, MenuNode(use, exits, [Offer(when) for when in whens], dynamic))
    return into.add(BeginNode(use.span, again, listen))


VERB = Verb(
    name="menu",
    summary="Offer choices, by key or by word.",
    doc="""\
Plays the prompts in its block, then listens. `when 1`, `when "*"`, `when 1000..1019` are keys; `when "sales"` is
words, and the menu then listens to speech too. NAME becomes the first words that the chosen `when` lists, else the
key.""",
    arguments=LISTENING,
    outcomes=MISSED,
    binds=Binding("the first words that its `when` lists, else the key", required=False),
    lower=_lower,
    example=EXAMPLE,
    prompts=True,
    choices=True,
)
