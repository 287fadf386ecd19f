"""`language`: speak another language from here on."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import LANGUAGE

EXAMPLE = """\
flow language_example

start:
    language "es-US"
    say "Bienvenido."
    hangup
"""


class LanguageNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "language"

    def enter(self, run: Run) -> int:
        language = self.arg(run, "language")
        run.session.language = language
        run.refresh()
        run.asked("language", (language,), {})
        run.note("set", "call.language", data=language)
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(LanguageNode(use))


VERB = Verb(
    name="language",
    summary="Speak another language, from here to the end of the call.",
    doc="""\
What is said, the words that are listened for and the filters for speech follow it, as after `set call.language = …`;
texts are said in their translation, where the project has one. In the header of a flow, `language` is a setting: it
holds while that flow runs, and the call's language wins over it.""",
    arguments=(Argument("language", LANGUAGE, "The language.", positional=True),),
    lower=_lower,
    example=EXAMPLE,
    alone=True,
)
