"""Calls of the embedded VoIPBIN: legs of the network, seen as this carrier's API and events have them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flowengine.sandbox.documents.program import Control, HungUp, Program, Redirected, Stopped
from flowengine.sandbox.documents.verbs import Verb
from flowengine.sandbox.network.leg import Leg, LegState
from flowengine.sandbox.voipbin.activeflow import Action, Activeflow
from flowengine.sandbox.voipbin.names import NIL, uuid_of
from flowengine.sandbox.voipbin.recorder import Recorder
from flowengine.sandbox.voipbin.tables import Resource

if TYPE_CHECKING:
    from flowengine.sandbox.voipbin.carrier import VoipbinCarrier
    from flowengine.sandbox.voipbin.transfers import Handover

_STATUS = {LegState.QUEUED: "dialing", LegState.RINGING: "ringing", LegState.IN_PROGRESS: "progressing"}
_REASONS = {
    LegState.COMPLETED: "normal",
    LegState.BUSY: "busy",
    LegState.NO_ANSWER: "noanswer",
    LegState.FAILED: "failed",
    LegState.CANCELED: "cancel",
}
_TIMES = {LegState.RINGING: "tm_ringing", LegState.IN_PROGRESS: "tm_progressing"}
LONGEST_SECONDS = 3600.0


def address(target: str) -> dict[str, str]:
    """An address of the network in the API's form."""
    if target.startswith(("sip:", "sips:")):
        kind, target = "sip", target.partition(":")[2]
    else:
        kind = "tel"
    return {"type": kind, "target": target, "target_name": "", "name": "", "detail": ""}


def dialled(given: dict[str, Any]) -> str:
    """What the network dials for an address of the API."""
    target = str(given.get("target", ""))
    return f"sip:{target}" if given.get("type") == "sip" and not target.startswith("sip:") else target


async def _no_verbs(program: Program, verb: Verb) -> None:
    """There are no documents here, and so no verbs that need to be carried out."""
    raise TypeError(f"{program.leg.id}: {verb}")


class VoipbinCall:
    """One call.

    Attributes:
        digits: The keys that were pressed and not taken out again: the variable of this name.
        reason: Why it is hung up, where the flow says so.
        bound: Calls that end with it.
        handover: Who is to talk to it next, when who talks to it now has transferred it and left.
    """

    def __init__(self, carrier: "VoipbinCarrier", leg: Leg, *, master: str = NIL, group: str = NIL) -> None:
        self.carrier = carrier
        self.leg = leg
        self.id = uuid_of(leg.id)
        self.direction = "incoming" if leg.direction == "inbound" else "outgoing"
        self.source = address(leg.caller)
        self.destination = address(leg.callee)
        self.master_id = master
        self.group_id = group
        self.chained: list[str] = []
        self.bound: list[VoipbinCall] = []
        self.recordings: list[str] = []
        self.recorder: Recorder | None = None
        self.activeflow: Activeflow | None = None
        self.mute_direction = ""
        self.held = ""
        self.digits = ""
        self.reason = ""
        self.handover: Handover | None = None
        self.deleted = False
        self.control = Control(leg)
        times = carrier.account.times
        self._times = {"tm_create": times.now()}
        if leg.state in _TIMES:
            self._times[_TIMES[leg.state]] = times.now()
        leg.listeners.append(self._moved)

    def _moved(self, leg: Leg) -> None:
        now = self.carrier.account.times.now()
        self._times["tm_update"] = now
        if name := _TIMES.get(leg.state):
            self._times[name] = now
        if leg.is_over:
            self._times["tm_hangup"] = now
        self.carrier.publish(f"call_{self.status}", self.view(), self.activeflow)
        if leg.is_over:
            self.carrier.call_is_over(self)

    @property
    def status(self) -> str:
        """Its state in this carrier's words."""
        return _STATUS.get(self.leg.state, "hangup")

    def gather_keys(self) -> None:
        """Take the keys that were pressed into the variable."""
        while key := self.leg.take_key():
            self.digits += key
            if self.recorder is not None:
                self.recorder.pressed(key)

    def view(self) -> Resource:
        """The resource."""
        leg = self.leg
        flow = self.activeflow
        fields: Resource = {
            "id": self.id,
            "customer_id": self.carrier.account.id,
            "owner_type": "",
            "owner_id": NIL,
            "flow_id": flow.row["flow_id"] if flow is not None else NIL,
            "activeflow_id": flow.id if flow is not None else NIL,
            "type": "flow",
            "master_call_id": self.master_id,
            "chained_call_ids": list(self.chained),
            "recording_id": self.recorder.id if self.recorder is not None else NIL,
            "recording_ids": list(self.recordings),
            "groupcall_id": self.group_id,
            "source": self.source,
            "destination": self.destination,
            "status": self.status,
            "direction": self.direction,
            "mute_direction": self.mute_direction,
            "hangup_by": "",
            "hangup_reason": "",
        }
        if leg.is_over:
            fields["hangup_by"] = "remote" if leg.hung_up_by == "phone" else "local"
            fields["hangup_reason"] = self.reason or _REASONS[leg.state]
        return fields | {"tm_update": self._times["tm_create"]} | self._times

    def begin(self, actions: Sequence[Action], **settings: Any) -> Activeflow:
        """Give the call a flow, which runs once it is answered; of a call that came in, at once."""
        self.activeflow = Activeflow(self.carrier, actions, call=self, **settings)
        self.carrier.services.in_background(self._run(self.activeflow), f"flow of {self.id}")
        return self.activeflow

    async def _run(self, flow: Activeflow) -> None:
        leg = self.leg
        try:
            if leg.direction == "outbound":
                await leg.until(lambda: leg.is_answered or leg.is_over)
            if leg.is_over:
                return
            flow.program = Program(self.carrier.services, self.control, _no_verbs, stop=lambda: flow.is_over)
            self.carrier.services.in_background(self._limit(), f"longest time of {self.id}")
            await flow.run()
        except (HungUp, Redirected, Stopped):
            return
        finally:
            # Whatever happened, nobody is left connected with nothing.
            flow.end()
            leg.hang_up("network")

    async def _limit(self) -> None:
        leg = self.leg
        if not await leg.until(lambda: leg.is_over, LONGEST_SECONDS):
            self.hang_up("timeout")

    def hang_up(self, reason: str = "normal") -> None:
        """End the call; a call that rings here is refused with `busy` or `noanswer`."""
        leg = self.leg
        if leg.is_over:
            return
        self.reason = reason
        if leg.state is LegState.RINGING and leg.direction == "inbound":
            leg.hung_up_by = "network"
            refusals = {"busy": LegState.BUSY, "failed": LegState.FAILED, "normal": LegState.CANCELED}
            leg.move_to(refusals.get(reason, LegState.NO_ANSWER))
            return
        leg.hang_up("network")

    def mute(self, direction: str, on: bool) -> None:
        """Mute one direction, or both. What the network can keep silent is what the phone says."""
        now = {"both": {"in", "out"}, "": set()}.get(self.mute_direction, {self.mute_direction})
        wanted = {"in", "out"} if direction in ("both", "") else {direction}
        now = now | wanted if on else now - wanted
        self.mute_direction = "both" if len(now) == 2 else next(iter(now), "")
        self.leg.media.muted = "in" in now
        self.carrier.publish("call_updated", self.view(), self.activeflow)


Found = Callable[[str], VoipbinCall]
