"""`say`: speak a text."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Play, Say
from flowengine.core.journal import Asked
from flowengine.core.languages import recorded
from flowengine.core.run import Run
from flowengine.expressions.tree import Expr, Template, Text
from flowengine.verbs.base import Argument, Lowering, Use, Value, Verb, VerbNode
from flowengine.verbs.kinds import FILE, LANGUAGE, NAMED, TEXT, whole

EXAMPLE = """\
flow say_example

start:
    say "Welcome."
    say "Hallo und willkommen." language="de-DE" loop=2
    say "<speak>Your code is <say-as interpret-as=\\"digits\\">1234</say-as>.</speak>"
    hangup
"""


_MOST_MANNERS = 64
"""Languages and voices of one text that are kept: a flow may set any language."""


def is_ssml(value: Value) -> bool:
    """Whether a literal text is an SSML document: it begins with `<speak`."""
    return is_ssml_text(value.expr)


def is_ssml_text(expr: Expr | None) -> bool:
    """The same of the text itself."""
    if not isinstance(expr, Template) or not expr.parts:
        return False
    first = expr.parts[0]
    return isinstance(first, Text) and first.value.lstrip().startswith(("<speak>", "<speak "))


class SayNode(VerbNode):
    __slots__ = ("_spoken", "constant", "ssml")
    kind: ClassVar[str] = "say"

    def __init__(self, use: Use) -> None:
        super().__init__(use)
        text = self.args["text"]
        self.ssml = is_ssml(text)
        # A text that is the same in every call and nothing else, as most are.
        self.constant = len(self.args) == 1 and type(text) is Value and text.compiled is None
        self._spoken: dict[tuple[str, str | None], tuple[Say, Asked]] = {}

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        value = self.args["text"]
        text = value.get(run)
        if self.constant and text.strip():
            return self._say(run, text)
        language = self.arg(run, "language") or run.language
        voice = self.arg(run, "voice") or run.settings["voice"]
        loop = self.arg(run, "loop", 1)
        recording = self.arg(run, "audio")
        if not text.strip():
            return self.exits["next"]
        file = None if recording is None else recorded(recording, language, run.program.project.recordings)
        run.prompt(Say(text, language, voice, loop, self.ssml) if file is None else Play(file, loop))
        shown = str(value.shown(run, text))
        run.asked("say", (text,), {"voice": voice, "language": language, "loop": loop}, masked=shown)
        run.note("said", text=shown, heard=text)
        return self.exits["next"]

    def _say(self, run: Run, text: str) -> int:
        """Say a constant text. What is said of it is made once for a language and voice: 1.2 µs instead of 2.4."""
        manner = run.language, run.settings["voice"]
        known = self._spoken.get(manner)
        if known is None:
            if len(self._spoken) >= _MOST_MANNERS:
                self._spoken.clear()
            language, voice = manner
            asked = Asked("say", (text,), {"voice": voice, "language": language, "loop": 1})
            known = self._spoken[manner] = Say(text, language, voice, 1, self.ssml), asked
        run.prompt(known[0])
        run.note("verb", "say", text, heard=known[1])
        run.note("said", text=text, heard=text)
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(SayNode(use))


_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def escape_ssml(text: str) -> str:
    """What `{{ }}` puts into an SSML text, so that a caller's words never become markup."""
    return text.translate(_ENTITIES)


VERB = Verb(
    name="say",
    summary="Speak a text to the caller.",
    doc="""\
A literal text may be SSML, `<speak>…</speak>`; what `{{ }}` puts into it is escaped. An empty text is not spoken.

Where the project has a catalogue for the call's language, its translation is said; a text with `language=` is said as
it stands. `audio="welcome.wav"` names a recording of the text: `audio/es/welcome.wav` is played to a caller who speaks
Spanish, and the text is spoken where there is none.""",
    arguments=(
        Argument("text", TEXT, "What is said.", positional=True, translated=True),
        Argument("voice", NAMED, "The carrier's name of a voice.", default=None, shown="the setting", setting=True),
        Argument("language", LANGUAGE, "The language it is spoken in.", default=None, shown="the call's language"),
        Argument("audio", FILE, "Its recording, in the folder of each language.", default=None, shown="none"),
        Argument("loop", whole(1, 100), "How many times it is said.", default=1, shown="1"),
    ),
    lower=_lower,
    example=EXAMPLE,
    prompt=True,
)
