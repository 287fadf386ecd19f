"""`fetch`: ask an HTTP service."""

from __future__ import annotations

from typing import Any, ClassVar

from flowengine.core.commands import Fetch
from flowengine.core.events import Event, Fetched
from flowengine.core.run import Run
from flowengine.expressions.evaluate import ExpressionError
from flowengine.verbs.base import Argument, Binding, Lowering, Outcome, Then, Use, Verb, VerbNode
from flowengine.verbs.kinds import HEADERS, MAPPING, URL, VALUE, duration, one_of, whole

EXAMPLE = """\
flow fetch_example

start:
    fetch customer "https://crm.example/customers/{{ call.from }}" timeout=2s retries=1:
        on 404:
            say "We do not know your number yet."
            hangup
        on failed:
            say "Our computer does not answer. Please call again later."
            hangup
    say "Welcome back, {{ customer.name }}."
    hangup
"""


class FetchNode(VerbNode):
    __slots__ = ("name",)
    kind: ClassVar[str] = "fetch"

    def __init__(self, use: Use, exits: dict[str, int]) -> None:
        super().__init__(use, exits)
        self.name = use.name

    def enter(self, run: Run) -> int:
        value = self.args["url"]
        url = value.get(run)
        if not run.program.project.hosts.allows(url):
            run.note("error", "fetch", "[http] allow does not name this host")
            return self._failed(run)
        options: dict[str, Any] = {
            "method": self.arg(run, "method", "GET"),
            "json": self.arg(run, "json"),
            "form": self.arg(run, "form"),
            "headers": self.arg(run, "headers"),
            "timeout": self.arg(run, "timeout", 3),
            "retries": self.arg(run, "retries", 0),
        }
        if options["json"] is not None and options["form"] is not None:
            raise ExpressionError("`fetch` sends `json=` or `form=`, not both", self.span)
        run.asked("fetch", (self.name, url), options, url, masked=str(value.shown(run, url)))
        return run.wait_for(Fetch(url=url, **options))

    def resume(self, run: Run, event: Event) -> int:
        assert isinstance(event, Fetched)
        assert self.name is not None
        if event.error is None and event.status is not None:
            if 200 <= event.status < 300:
                run.bind(self.name, event.body)
                run.note("outcome", "fetched", self.kind)
                return self.exits.get("fetched", self.exits["next"])
            code = str(event.status)
            if code in self.exits:
                run.bind(self.name, None)
                return run.outcome(self, code)
            run.note("error", "fetch", f"status {code}")
        else:
            run.note("error", "fetch", event.error or "no answer")
        return self._failed(run)

    def _failed(self, run: Run) -> int:
        assert self.name is not None
        run.bind(self.name, None)
        return run.outcome(self, "failed")


def _lower(into: Lowering, use: Use) -> int:
    return into.add(FetchNode(use, {handler.name: into.block(handler.body, use.next) for handler in use.handlers}))


VERB = Verb(
    name="fetch",
    summary="Ask an HTTP service, and keep its answer.",
    doc="""\
NAME becomes the body, parsed if it is JSON. A status other than 2xx is an outcome of its own where `on 404` names
it, else `failed`, as are no answer, a late one, and one that calls itself JSON and is not. What `{{ }}` puts into
the URL is percent-encoded; one at its very beginning is the URL's base and stays as it is. Prompts before a `fetch`
are heard while it runs.""",
    arguments=(
        Argument("url", URL, "The address; its host must be named by `[http] allow`.", positional=True),
        Argument(
            "method",
            one_of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
            "The HTTP method.",
            default="GET",
            shown='"GET"',
        ),
        Argument("json", VALUE, "The body, sent as JSON.", default=None, shown="none"),
        Argument("form", MAPPING, "The body, sent as a form.", default=None, shown="none"),
        Argument("headers", HEADERS, "Headers to send.", default=None, shown="none"),
        Argument("timeout", duration(0.1, 30), "How long one attempt may take.", default=3, shown="3s"),
        Argument("retries", whole(0, 5), "How many more attempts there are.", default=0, shown="0"),
    ),
    outcomes=(
        Outcome("fetched", Then.GOES_ON, "The answer is there."),
        Outcome("failed", Then.MUST_BE_HANDLED, "No usable answer. A status (`404`) may have its own handler."),
    ),
    binds=Binding("the body of the answer"),
    lower=_lower,
    example=EXAMPLE,
    alone=True,
    coded=True,
)
