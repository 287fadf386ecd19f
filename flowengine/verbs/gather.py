"""`gather`: take digits or words from the caller."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import ClassVar

from flowengine.core.commands import Listen
from flowengine.core.journal import MASK
from flowengine.core.keys import Collected, Digits
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Binding, Lowering, Use, Verb
from flowengine.verbs.kinds import BOOLEAN, CONDITION, DIGITS, FINISH, HINTS
from flowengine.verbs.listening import LISTENING, MISSED, BeginNode, ListenNode, lower_missed

EXAMPLE = """\
flow gather_example

start:
    gather account digits=6 finish="#" where=(account | luhn):
        say "Please enter your six digit account number, then press pound."
        on nomatch 2:
            say "The number is on the top right of your invoice."
        on failed:
            say "Goodbye."
            hangup
    say "Your number is {{ account | digits }}."
    hangup
"""


def digits_in(text: str) -> str:
    """The digits in what was said, as ASCII."""
    return "".join(str(unicodedata.digit(c)) for c in text if unicodedata.category(c) == "Nd")


class GatherNode(ListenNode):
    __slots__ = ("_constant", "_takes")
    kind: ClassVar[str] = "gather"

    def __init__(self, use: Use, exits: Mapping[str, int]) -> None:
        super().__init__(use, exits)
        secret = self.args.get("sensitive")
        self.sensitive = secret is not None and (secret.compiled is not None or bool(secret.constant))
        self._constant = all(self.args[name].compiled is None for name in ("digits", "finish") if name in self.args)
        self._takes: dict[tuple[str, ...], Digits] = {}

    def _digits(self, run: Run) -> Digits:
        if not self._constant:
            return self._digits_now(run)
        # Kept by the keys that the flows around this one answer: looked up twice a turn, 0.1 µs instead of 0.9.
        presses = self.presses(run)
        known = self._takes.get(presses)
        if known is None:
            known = self._takes[presses] = self._digits_now(run)
        return known

    def _digits_now(self, run: Run) -> Digits:
        shortest, longest = self.arg(run, "digits", (1, None))
        finish = self._finish(run)
        presses = tuple(key for key in self.presses(run) if key in ("*", "#") and key not in finish)
        return Digits(shortest, longest, finish, presses)

    def _finish(self, run: Run) -> str:
        finish: str = self.arg(run, "finish", "#")
        return finish

    def collect(self, run: Run, typed: str, final: bool) -> Collected:
        return self._digits(run).collect(typed, final)

    def spoken(self, run: Run, text: str) -> int:
        if "digits" not in self.args:
            return self.complete(run, text.strip()) if text.strip() else self.missed(run, "nomatch")
        shortest, longest = self.arg(run, "digits")
        found = text if text == MASK else digits_in(text)
        if text != MASK and not (shortest <= len(found) and (longest is None or len(found) <= longest)):
            return self.missed(run, "nomatch")
        return self.complete(run, found)

    def complete(self, run: Run, value: str) -> int:
        assert self.name is not None
        fits = True
        condition = self.args.get("where")
        if condition is not None and condition.compiled is not None:
            recorded = run.next_recorded("branch") if self.sensitive else None
            # The condition reads the candidate under its own name; it is only bound for good when it fits.
            old = run.variables.get(self.name, _UNSET)
            run.variables[self.name] = value
            run.refresh()
            fits = recorded.name == "fits" if recorded is not None else bool(run.eval(condition.compiled))
            if not fits:
                if old is _UNSET:
                    del run.variables[self.name]
                else:
                    run.variables[self.name] = old
            run.note("branch", "fits" if fits else "misfits")
        if not fits:
            return self.missed(run, "nomatch")
        run.bind(self.name, value, secret=self.sensitive)
        self.forget_tries(run)
        run.note("outcome", "value", self.kind)
        return self.exits["next"]

    def listen(self, run: Run, typed: str) -> Listen:
        digits = self._digits(run)
        timeout, interdigit, bargein = self.waiting(run)
        return Listen(
            timeout=timeout,
            interdigit=interdigit,
            bargein=bargein,
            language=run.language,
            shortest=digits.shortest,
            longest=digits.longest,
            finish=digits.finish,
            presses=digits.presses,
            speech=bool(self.arg(run, "speech", False)),
            hints=tuple(self.arg(run, "hints", ())),
            typed=typed,
            sensitive=self.sensitive,
        )


class _Unset:
    pass


_UNSET = _Unset()


def _lower(into: Lowering, use: Use) -> int:
    listen = into.reserve()
    prompts = into.block(use.content, listen)
    into.place(listen, GatherNode(use, {"again": prompts, **lower_missed(into, use, prompts)}))
    return into.add(BeginNode(use.span, prompts, listen))


VERB = Verb(
    name="gather",
    summary="Take digits, or words, from the caller.",
    doc="""\
Plays the prompts in its block, then listens. NAME becomes what was typed, as text. With `speech=true` it is what
was said, or with `digits=` the digits in it. What does not fit (`digits`, `where`) is `nomatch`. A `sensitive=true`
value is never written down.""",
    arguments=(
        Argument(
            "digits", DIGITS, "How many digits: a count, or a range such as `4..8`.", default=None, shown="any number"
        ),
        Argument("finish", FINISH, "The key that ends the input; never part of the value.", default="#", shown='"#"'),
        Argument("where", CONDITION, "A condition that the value must meet.", default=None, shown="none"),
        Argument("speech", BOOLEAN, "Whether the caller may also speak.", default=False, shown="false"),
        Argument("hints", HINTS, "Words to expect.", default=(), shown="none"),
        Argument("sensitive", BOOLEAN, "Whether the value must never be written down.", default=False, shown="false"),
        *LISTENING,
    ),
    outcomes=MISSED,
    binds=Binding("what was typed or said, as text"),
    lower=_lower,
    example=EXAMPLE,
    prompts=True,
)
