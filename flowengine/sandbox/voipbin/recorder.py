"""A recording that runs beside the flow, until silence, a key, its longest time, a stop, or the end of the call."""

from functools import partial
from typing import TYPE_CHECKING

from flowengine.sandbox.network.audio import beep
from flowengine.sandbox.network.leg import Dictation, Heard
from flowengine.sandbox.voipbin.names import NIL, uuid_of

if TYPE_CHECKING:
    from flowengine.sandbox.voipbin.calls import VoipbinCall


class Recorder:
    """One recording of a call. Times in seconds, 0 for no limit."""

    def __init__(
        self, call: "VoipbinCall", *, silence: float = 0, key: str = "none", longest: float = 0, on_end: str = NIL
    ) -> None:
        carrier = call.carrier
        self._call = call
        self._silence = silence
        self._key = key
        self._longest = longest
        self._stopped = False
        self._dictation = Dictation(call.leg)
        call.leg.dictation = self._dictation
        call.leg.media.tapes.add(self._dictation.tape)
        now = carrier.account.times.now()
        self.row = carrier.account.add(
            "recordings",
            id=uuid_of(carrier.account.ids("RE")),
            owner_type="",
            owner_id=NIL,
            reference_type="call",
            reference_id=call.id,
            status="recording",
            format="wav",
            activeflow_id=call.activeflow.id if call.activeflow is not None else NIL,
            on_end_flow_id=on_end,
            tm_start=now,
        )
        call.recordings.append(self.id)
        call.recorder = self
        carrier.publish("recording_started", self.row, call.activeflow)
        carrier.services.in_background(self._run(), f"recording of {call.id}")

    @property
    def id(self) -> str:
        """Its id."""
        own: str = self.row["id"]
        return own

    def beep(self) -> None:
        """Let the caller hear that it begins."""
        leg = self._call.leg
        leg.tell(Heard(leg.clock.now(), "beep", "beep"))
        leg.media.play(beep())

    def pressed(self, key: str) -> None:
        """A key was pressed on the call."""
        if self._key == "any" or key == self._key:
            self.stop()

    def stop(self) -> None:
        """End it."""
        self._stopped = True
        self._call.leg.changed.fire()

    async def _run(self) -> None:
        leg, dictation = self._call.leg, self._dictation
        started = dictation.tape.started
        while not (self._stopped or leg.is_over):
            until = [started + self._longest] if self._longest else []
            if self._silence:
                until.append(dictation.talked_until + self._silence)
            left = min(until) - leg.clock.now() if until else None
            if left is not None and left <= 1e-9:
                break
            talked = dictation.talked_until
            await leg.until(partial(self._interrupted, talked), left)
        await self._save()

    def _interrupted(self, talked: float) -> bool:
        return self._stopped or self._call.leg.is_over or self._dictation.talked_until > talked

    async def _save(self) -> None:
        call, leg, carrier = self._call, self._call.leg, self._call.carrier
        if leg.dictation is self._dictation:
            leg.dictation = None
        leg.media.tapes.discard(self._dictation.tape)
        call.recorder = None
        end = max(leg.clock.now(), self._dictation.talked_until) if leg.is_over else leg.clock.now()
        seconds = end - self._dictation.tape.started
        if self._longest:
            seconds = min(seconds, self._longest)
        saved = await carrier.services.recordings.save(leg.id, self._dictation.tape, seconds)
        times = carrier.account.times
        began = saved.created.timestamp() - (leg.clock.now() - self._dictation.tape.started)
        carrier.account.tables["recordings"].change(
            self.row,
            status="ended",
            tm_start=times.at(began),
            tm_end=times.at(began + seconds),
            _file=saved.id,
        )
        carrier.publish("recording_finished", self.row, call.activeflow)
