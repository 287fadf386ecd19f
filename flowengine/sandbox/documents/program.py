"""Runs control documents on a leg: fetches one, carries out its verbs, follows where they lead."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from flowengine.sandbox.documents import node
from flowengine.sandbox.documents.build import build
from flowengine.sandbox.documents.node import DocumentError
from flowengine.sandbox.documents.services import Services
from flowengine.sandbox.documents.verbs import Verb
from flowengine.sandbox.network.leg import Awaiting, Heard, Leg, LegState
from flowengine.sandbox.webhooks import Fields, WebhookError, call_fields, resolve

# Documents that lead to each other without any time passing or anything being heard: a loop, not a call.
_MOST_DOCUMENTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on with the document at `url`, asked for with `fields` beside those of every request."""

    url: str
    method: str = "POST"
    fields: Fields = field(default_factory=dict)


# How a program ends: its last verb was carried out; it hung up; it left a queue; its document failed.
Ending = Literal["end", "hangup", "leave", "error"]


class HungUp(Exception):  # noqa: N818 - not an error: the caller may leave at any time
    """The leg is over."""


class Redirected(Exception):  # noqa: N818 - not an error either
    """Another document was set from outside, in place of what runs."""


class Stopped(Exception):  # noqa: N818 - not an error either
    """What a nested program waits beside has happened."""


class Control:
    """What can come over a leg's programs from outside."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.redirect: Goto | None = None

    def send_to(self, target: Goto) -> None:
        """Interrupt what runs, and go on with `target`."""
        self.redirect = target
        self.leg.changed.fire()


# Carries out a verb. None: go on with the next one; else where to go, or how the program ends.
Performer = Callable[["Program", Verb], Awaitable[Goto | Ending | None]]


class Program:
    """One line of execution on a leg.

    The main one of a call is interrupted by a redirect. Nested ones, a queue's waiting document or what a called party
    hears before being connected, end with it, and with their own `stop` condition.
    """

    def __init__(
        self,
        services: Services,
        control: Control,
        perform: Performer,
        *,
        fallback: Goto | None = None,
        fields: Callable[[], Fields] = dict,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.services = services
        self.control = control
        self.leg = control.leg
        self.perform = perform
        self.url = ""
        self._fallback = fallback
        self._fields = fields
        self._stop = stop
        self._documents = 0
        self._documents_since = (0.0, 0)

    def nested(self, fields: Callable[[], Fields], stop: Callable[[], bool]) -> "Program":
        """A program on the same leg, beside which this one waits."""
        return Program(self.services, self.control, self.perform, fields=fields, stop=stop)

    async def run(self, target: Goto | tuple[Verb, ...]) -> Ending:
        """Carry out the document at `target`, or the verbs given, and all that they lead to.

        Raises:
            HungUp, Redirected, Stopped: something came over it.
        """
        step: Goto | tuple[Verb, ...] | Ending = target
        while not isinstance(step, str):
            try:
                step = await (self._document(step) if isinstance(step, Goto) else self._carry_out(step))
            except (WebhookError, DocumentError) as error:
                self.services.bulletin.tell("error", self.leg.id, str(error), url=self.url)
                self.check()
                if self._fallback is None:
                    return "error"
                step, self._fallback = (
                    Goto(
                        self._fallback.url, self._fallback.method, {"error_url": self.url, "error_message": str(error)}
                    ),
                    None,
                )
        return step

    async def _document(self, target: Goto) -> Goto | Ending:
        self._guard_against_loops()
        self.url = target.url
        with self.awaiting("request", url=target.url):
            fields = {**call_fields(self.leg), **self._fields(), **target.fields}
            answer = await self.services.webhooks.request(self.leg.id, target.url, target.method, fields)
        body, content_type, self.url = answer
        self.check()
        return await self._carry_out(build(node.read(body, content_type)))

    async def _carry_out(self, verbs: tuple[Verb, ...]) -> Goto | Ending:
        for verb in verbs:
            step = await self.perform(self, verb)
            if step is not None:
                return step
            self.check()
        return "end"

    def _guard_against_loops(self) -> None:
        since = (self.services.clock.now(), len(self.leg.heard))
        if since != self._documents_since:
            self._documents, self._documents_since = 0, since
        self._documents += 1
        if self._documents > _MOST_DOCUMENTS_AT_ONCE:
            raise DocumentError(f"{_MOST_DOCUMENTS_AT_ONCE} documents led to each other without a pause")

    # What the verbs' performers use.

    def check(self) -> None:
        """Raise when something has come over this program."""
        if self.leg.is_over:
            raise HungUp
        if self.control.redirect is not None:
            raise Redirected
        if self._stop():
            raise Stopped

    async def until(self, condition: Callable[[], bool], within: float | None = None) -> bool:
        """Wait until `condition` holds; False after `within` seconds.

        Raises:
            HungUp, Redirected, Stopped: something came over this program first.
        """

        def interrupted() -> bool:
            return self.leg.is_over or self.control.redirect is not None or self._stop()

        held = await self.leg.until(lambda: interrupted() or condition(), within)
        if interrupted():
            self.check()
        return held

    def answer(self) -> None:
        """Answer an inbound call that still rings."""
        if self.leg.direction == "inbound":
            self.leg.move_to(LegState.IN_PROGRESS)
        self.check()

    @contextmanager
    def awaiting(self, kind: str, **data: Any) -> Iterator[None]:
        """Note what the carrier does with the leg, for as long as it does it."""
        before = self.leg.awaiting
        self.leg.await_(Awaiting(kind, data, before))
        try:
            yield
        finally:
            self.leg.await_(before)

    def hear(self, kind: Literal["say", "play", "beep", "digits", "music"], text: str, language: str = "") -> None:
        """Note what the phone hears."""
        self.leg.tell(Heard(self.services.clock.now(), kind, text, language))

    def resolve(self, reference: str | None) -> str:
        """A URL of the document, made absolute; the document's own when there is none."""
        return resolve(self.url, reference)

    async def report(self, target: Goto | None) -> None:
        """Make the request that follows a verb when its call is over: the answer cannot be carried out any more."""
        if target is None:
            return
        fields = {**call_fields(self.leg), **self._fields(), **target.fields}
        await self.services.webhooks.notify(self.leg.id, target.url, fields, target.method)
