"""A call whose network is a script: the machine, a clock of its own, and nothing else.

    the call waits for   what ends it                          what time alone does
    ------------------   -----------------------------------   ---------------------------------------
    listen               press, speak                          silence, after `timeout` or `interdigit`
    record               leave, press (a finish key)           an empty recording, after `silence`
    dial                 peer                                  noanswer, at its timeout
    conference           press (a key that it takes), hangup   nothing; a room given as `ended` ends
    enqueue              peer answered, press                  a round every 20 s; its timeout
    fetch, send_text     at once, as given

Prompts take no time. A fetch takes the delay that was given for it, and nobody does anything meanwhile. The session is
dumped to JSON and loaded again between any two turns, so every script also tests that a call survives that.
"""

from __future__ import annotations

from flowengine.core.commands import (
    Conference,
    Dial,
    Enqueue,
    Fetch,
    Gone,
    Hangup,
    Listen,
    Record,
    Redirect,
    Reject,
    SendText,
    Wait,
)
from flowengine.core.events import (
    ConferenceLeft,
    Dialled,
    Event,
    HungUp,
    Keys,
    QueueLeft,
    Recorded,
    Silence,
    Speech,
    Started,
    Texted,
    TimeUp,
    Waiting,
)
from flowengine.core.graph import Program
from flowengine.core.journal import MASK
from flowengine.core.machine import begin, step
from flowengine.core.session import Facts, Session, dump, load
from flowengine.simulator.line import CannotError, Setup
from flowengine.simulator.transcript import Transcript, Who
from flowengine.simulator.world import RECORDINGS, Given, World

ROUND = 20.0
"""Seconds between two rounds of a queue's prompts."""


class Phone:
    """A simulated call, as `Line` describes it."""

    def __init__(self, program: Program, setup: Setup) -> None:
        """Prepare the call.

        Raises:
            KeyError: there is no such flow.
            ArgumentsError: these are not the flow's arguments.
        """
        self.world = World(program)
        self.transcript = Transcript()
        self.now = setup.at
        facts = Facts(
            "simulated", setup.caller, setup.called, setup.direction, "simulated", setup.at, setup.answered_by
        )
        self._data = dump(begin(program, setup.flow, facts, setup.arguments))
        self._wait: Wait | None = None
        self._due: float | None = None
        self._limit = setup.at + program.project.limits.length
        self._joins = 0
        self._joined = self._round_at = 0.0
        self._queue_end: float | None = None
        self._recordings = 0

    # --------------------------------------------------------------------------------------------------- what it is

    @property
    def ended(self) -> str | None:
        match self._wait:
            case Hangup() | Reject():
                return "flow"
            case Redirect():
                return "redirect"
            case Gone():
                return "caller"
        return None

    @property
    def wait_now(self) -> Wait | None:
        """What the call waits for."""
        return self._wait

    @property
    def due(self) -> float | None:
        """When something happens if nobody does anything; None when nothing will."""
        if self.ended is not None:
            return None
        return self._limit if self._due is None else min(self._due, self._limit)

    @property
    def doing(self) -> str:
        match self._wait:
            case None:
                return "it has not begun"
            case Listen(speech=speech):
                return "it listens for keys and words" if speech else "it listens for keys"
            case Record():
                return "it records"
            case Dial(targets=targets):
                return f"it rings {', '.join(targets)}"
            case Conference(room=room):
                return f"the caller is in the conference {room}"
            case Enqueue(name=name):
                return f"the caller waits in the queue {name}"
            case Fetch(url=url):
                return f"it fetches {url}"
            case SendText(to=to):
                return f"it sends a text to {to}"
            case Hangup() | Reject():
                return "the flow has ended the call"
            case Redirect(url=url):
                return f"the call was handed to {url}"
            case Gone():
                return "the caller has hung up"

    def give(self, given: Given) -> None:
        self.world.give(given)

    def look(self) -> tuple[Program, Session]:
        return self.world.program, load(self._data)

    # -------------------------------------------------------------------------------------------- what people can do

    async def start(self) -> None:
        self._take(Started(self.now))

    async def press(self, keys: str) -> None:
        self._need("press keys")
        secret = isinstance(self._wait, Listen) and self._wait.sensitive
        self.transcript.did(self.now, f"presses {MASK if secret else keys}")
        while keys and self.ended is None:
            if isinstance(self._wait, Listen):
                self._take(Keys(self.now, keys))
                return
            key, keys = keys[0], keys[1:]
            if not self._is_late_finish(key):
                self._press_elsewhere(key)

    async def speak(self, text: str) -> None:
        self._need("speak")
        listens = isinstance(self._wait, Listen) and self._wait.speech
        secret = isinstance(self._wait, Listen) and self._wait.sensitive
        self.transcript.did(self.now, f"says: {MASK if secret else text}")
        if listens:
            self._take(Speech(self.now, text))
        else:
            self.transcript.did(self.now, f"nobody listens to speech: {self.doing}", Who.NOTE)

    async def wait(self, seconds: float | None) -> None:
        if self.ended is not None:
            return
        if seconds is None:
            self.transcript.did(self.now, "waits")
            self._wait_for_something()
            return
        self.transcript.did(self.now, f"waits {seconds:g} s")
        end = self.now + seconds
        met = isinstance(self._wait, Conference)
        while (due := self.due) is not None and due <= end:
            self.elapse()
        if self.ended is None:
            self.now = max(self.now, end)
            if met:
                self._end_conference()

    async def leave(self, seconds: float, text: str, hangup: bool) -> None:
        wait = self._wait
        if not isinstance(wait, Record):
            raise CannotError(f"nothing records: {self.doing}")
        self.transcript.did(self.now, f"speaks for {seconds:g} s: {text}" + (", and hangs up" if hangup else ""))
        length = min(seconds, wait.longest)
        end = self.now + (length if hangup else min(seconds + wait.silence, wait.longest))
        if not self._reach(end):
            return
        self._recordings += 1
        url = f"https://{RECORDINGS}/{self._recordings}.wav" if length > 0 else None
        self._take(Recorded(self.now, url, length, text, left=hangup))

    async def peer(self, outcome: str, seconds: float) -> None:
        wait = self._wait
        if isinstance(wait, Enqueue):
            self._agent(outcome, seconds)
            return
        if not isinstance(wait, Dial):
            raise CannotError(f"nobody is called: {self.doing}")
        who = ", ".join(wait.targets)
        self.transcript.did(self.now, f"{who}: {_peer_text(outcome, seconds)}", Who.PEER)
        if outcome == "answered":
            if self._reach(self.now + seconds):
                self._take(Dialled(self.now, "completed", seconds))
        elif outcome != "noanswer" or self._reach(self._due or self.now):
            self._take(Dialled(self.now, outcome))

    async def hangup(self) -> None:
        if self.ended is None:
            self.transcript.did(self.now, "hangs up")
            self._take(HungUp(self.now))

    async def close(self) -> None:
        """Nothing is held."""

    # ------------------------------------------------------------------------------------------------- what time does

    def elapse(self) -> None:
        """Let the time pass until something happens by itself, and let it happen. Nothing when nothing will."""
        due = self.due
        if due is None:
            return
        self.now = max(self.now, due)
        if self.now >= self._limit:
            self._take(TimeUp(self.now))
            return
        match self._wait:
            case Listen():
                self._take(Silence(self.now))
            case Record():
                self._take(Recorded(self.now, None, 0))
            case Dial():
                self._take(Dialled(self.now, "noanswer"))
            case Enqueue():
                self._round()

    def lapse(self, seconds: float) -> None:
        """Set the clock forward; nothing happens by itself before `due`."""
        self.now = min(self.now + seconds, self.due or self.now)

    def _wait_for_something(self) -> None:
        if self._end_conference():
            return
        joins = self._joins
        self.elapse()
        while self._joins == joins and isinstance(self._wait, Enqueue):
            self.elapse()

    def _end_conference(self) -> bool:
        """End a room that was given as `ended`; whether the caller was in one."""
        wait = self._wait
        if not isinstance(wait, Conference) or self.world.outcome("conference", wait.room) != "ended":
            return False
        self._take(ConferenceLeft(self.now, "ended"))
        return True

    def _reach(self, time: float) -> bool:
        """Let the time come; False when the longest time of a call came first and ended what was under way."""
        if self._passed(time):
            return True
        self._take(TimeUp(self.now))
        return False

    def _passed(self, time: float) -> bool:
        """Set the clock to `time`, or to the longest time of a call if that comes first: then False."""
        self.now = min(time, self._limit)
        return time < self._limit

    def _round(self) -> None:
        """The next round of the queue, or its end."""
        if self._queue_end is not None and self.now >= self._queue_end:
            self._take(QueueLeft(self.now, "timeout"))
            return
        self._round_at = self.now + ROUND
        self._take(Waiting(self.now, 1, self.now - self._joined))

    # ------------------------------------------------------------------------------------- keys where nothing listens

    def _press_elsewhere(self, key: str) -> None:
        """A key that no menu or gather takes now."""
        match self._wait:
            case Record(finish=finish):
                if key in finish:
                    self._take(Recorded(self.now, None, 0))
            case Conference() | Enqueue():
                self._take(Keys(self.now, key))
            case _:
                session = load(self._data)
                session.keys += key
                self._data = dump(session)

    def _is_late_finish(self, key: str) -> bool:
        """Whether the key still belongs to the full input before, and is dropped."""
        session = load(self._data)
        if not session.dropped:
            return False
        late = key == session.dropped and self.now <= session.dropped_until
        session.dropped = ""
        self._data = dump(session)
        return late

    def _agent(self, outcome: str, seconds: float) -> None:
        """An agent of the queue; one that does not take the call leaves the caller waiting."""
        self.transcript.did(self.now, f"an agent: {_peer_text(outcome, seconds)}", Who.PEER)
        if outcome == "answered":
            if self._reach(self.now + seconds):
                self._take(QueueLeft(self.now, "answered"))
        elif outcome == "failed":
            self._take(QueueLeft(self.now, "failed"))

    def _need(self, wish: str) -> None:
        if self.ended is not None:
            raise CannotError(f"the caller cannot {wish}: {self.doing}")

    # ------------------------------------------------------------------------------------------------ taking a turn

    def _take(self, event: Event) -> None:
        """Give the machine an event, and go on until the call waits for somebody."""
        pending: Event | None = event
        while pending is not None:
            session, turn = step(self.world.program, load(self._data), pending)
            self._data = dump(session)
            if turn is None:
                return
            self.transcript.take(turn)
            self._wait = turn.wait
            pending = self._next(turn.wait, session)

    def resume(self) -> None:
        """Go on with a fetch that had no answer until now.

        Raises:
            NoAnswerGivenError: it still has none.
        """
        if isinstance(self._wait, Fetch):
            event = self._next(self._wait, load(self._data))
            if event is not None:
                self._take(event)

    def _next(self, wait: Wait, session: Session) -> Event | None:
        """What the world does at once about a wait, or None when it waits for somebody; sets what time will do."""
        self._due = None
        now = self.now
        match wait:
            case Fetch(url=url, timeout=timeout, retries=retries):
                fetched = self.world.fetch(url, timeout, retries, now)
                return fetched if self._passed(fetched.at) else TimeUp(self.now)
            case SendText(to=to):
                return Texted(now, "the text was refused" if self.world.outcome("sms", to) else None)
            case Listen():
                self._due = now + (wait.interdigit if session.keys else wait.timeout)
            case Record():
                self._due = now + min(wait.silence, wait.longest)
            case Dial():
                self._due = now + wait.timeout
            case Conference(room=room):
                outcome = self.world.outcome("conference", room)
                return ConferenceLeft(now, outcome) if outcome not in (None, "ended") else None
            case Enqueue(joined=False):
                return self._join(wait)
            case Enqueue():
                self._due = self._round_at if self._queue_end is None else min(self._round_at, self._queue_end)
        return None

    def _join(self, wait: Enqueue) -> Event:
        outcome = self.world.outcome("queue", wait.name)
        if outcome is not None:
            return QueueLeft(self.now, outcome)
        self._joins += 1
        self._joined = self.now
        self._queue_end = None if wait.remaining is None else self.now + wait.remaining
        self._round_at = self.now + ROUND
        return Waiting(self.now, 1, 0)


def _peer_text(outcome: str, seconds: float) -> str:
    return f"answers, and talks for {seconds:g} s" if outcome == "answered" else outcome
