"""`redirect`: hand the call to another call-url webhook."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Redirect
from flowengine.core.graph import END
from flowengine.core.run import Run
from flowengine.expressions.evaluate import ExpressionError
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import URL

EXAMPLE = """\
flow redirect_example

start:
    say "We connect you with our partner."
    redirect "https://partner.example/voice?from={{ call.from }}"
"""


class RedirectNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "redirect"

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        value = self.args["url"]
        url = value.get(run)
        if not run.program.project.hosts.allows(url):
            raise ExpressionError("`redirect` may not reach this host: [http] allow does not name it", self.span)
        run.answer()
        run.asked("redirect", (url,), {}, masked=str(value.shown(run, url)))
        run.note("hangup", "redirect")
        run.wait = Redirect(url)
        return END


def _lower(into: Lowering, use: Use) -> int:
    node = RedirectNode(use)
    node.exits = {"leaves": END}
    return into.add(node)


VERB = Verb(
    name="redirect",
    summary="Hand the call to another call-url webhook; the flow is over.",
    doc="""\
The host must be named by `[http] allow`. What `{{ }}` puts into the URL is percent-encoded; one at its very beginning
is the URL's base and stays as it is.""",
    arguments=(Argument("url", URL, "The webhook's URL.", positional=True),),
    lower=_lower,
    example=EXAMPLE,
    leaves=True,
)
