"""An activeflow: a list of actions under way, with its variables and the lists that it went into.

the list ends               go on after the action that led into it; the first one: the flow is over
more than 101 actions       the flow is over, whatever comes next
a flow-control error        the flow is over
the flow is over            its call is hung up, with the reason `normal`
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowengine.sandbox.documents.program import HungUp, Program
from flowengine.sandbox.voipbin.names import NIL, is_set

if TYPE_CHECKING:
    from flowengine.sandbox.voipbin.calls import VoipbinCall
    from flowengine.sandbox.voipbin.carrier import VoipbinCarrier

DIGITS = "voipbin.call.digits"
MOST_ACTIONS = 101
MOST_LISTS = 100
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")

Action = dict[str, Any]


class FlowError(Exception):
    """A flow-control action cannot be carried out: the flow is over."""


class Finished(Exception):  # noqa: N818 - a way to end like any other
    """The flow is over."""


@dataclass(slots=True)
class Frame:
    """A list of actions and the place in it that is next."""

    actions: Sequence[Action]
    place: int = 0

    def find(self, target: str) -> int | None:
        """The place of the action with this id."""
        return next((place for place, action in enumerate(self.actions) if action.get("id") == target), None)


class Activeflow:
    """A flow under way, on a call or on nothing.

    Attributes:
        row: The resource as the API shows it.
        program: What acts on the call's leg; None without a call.
    """

    def __init__(
        self,
        carrier: "VoipbinCarrier",
        actions: Sequence[Action],
        *,
        call: "VoipbinCall | None" = None,
        flow_id: str = NIL,
        variables: Mapping[str, str] | None = None,
        webhook: tuple[str, str] = ("", ""),
        own_id: str = "",
    ) -> None:
        self.carrier = carrier
        self.call = call
        self.program: Program | None = None
        self.webhook = webhook
        self.frames = [Frame(actions)]
        self.loops: dict[str, int] = {}
        self.done = 0
        self._set: dict[str, str] = {
            name: value for name, value in (variables or {}).items() if not name.startswith("voipbin.")
        }
        row: Action = {
            "flow_id": flow_id,
            "status": "running",
            "reference_type": "api" if call is None else "call",
            "reference_id": NIL if call is None else call.id,
            "reference_activeflow_id": NIL,
            "on_complete_flow_id": NIL,
            "webhook_uri": webhook[0],
            "webhook_method": webhook[1],
            "forward_action_id": NIL,
            "executed_actions": [],
        }
        self.row = carrier.account.add("activeflows", **row | ({"id": own_id} if own_id else {}))
        self._built_in = self._facts()

    @property
    def id(self) -> str:
        """Its id."""
        own: str = self.row["id"]
        return own

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return bool(self.row["status"] == "ended")

    # ------------------------------------------------------------------------------------------------------- variables

    def _facts(self) -> dict[str, str]:
        facts = {
            "voipbin.activeflow.id": self.id,
            "voipbin.activeflow.reference_type": self.row["reference_type"],
            "voipbin.activeflow.reference_id": self.row["reference_id"],
            "voipbin.activeflow.reference_activeflow_id": NIL,
            "voipbin.activeflow.flow_id": self.row["flow_id"],
            "voipbin.activeflow.complete_count": "0",
        }
        call = self.call
        if call is None:
            return facts
        facts["voipbin.call.id"] = call.id
        facts["voipbin.call.direction"] = call.direction
        facts["voipbin.call.master_call_id"] = call.master_id
        for side, address in (("source", call.source), ("destination", call.destination)):
            for name in ("name", "detail", "target", "target_name", "type"):
                facts[f"voipbin.call.{side}.{name}"] = address.get(name, "")
        return facts

    def get(self, name: str) -> str:
        """A variable's value; empty for one that is not set."""
        if name == DIGITS and self.call is not None:
            self.call.gather_keys()
            return self.call.digits
        if name == "voipbin.flow.reference_data":
            return json.dumps(self.call.view()) if self.call is not None else ""
        return self._set.get(name, self._built_in.get(name, ""))

    def set(self, name: str, value: str) -> None:
        """Set a variable; that of the keys too."""
        if name == DIGITS and self.call is not None:
            self.call.gather_keys()
            self.call.digits = value
        else:
            self._set[name] = value

    def fill(self, value: Any) -> Any:
        """`value` with `${name}` replaced in every text, however deep."""
        if isinstance(value, str):
            return _VARIABLE.sub(lambda found: self.get(found[1]), value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {name: self.fill(item) for name, item in value.items()}
        return value

    # ------------------------------------------------------------------------------------------------------- execution

    async def run(self) -> None:
        """Carry out the actions to the end."""
        try:
            await self._run()
        except Finished:
            pass
        except FlowError as error:
            self.tell(str(error))
        finally:
            self.end()

    async def _run(self) -> None:
        while self.frames and not self.is_over:
            frame = self.frames[-1]
            if frame.place >= len(frame.actions):
                self.frames.pop()
                continue
            action = frame.actions[frame.place]
            self.done += 1
            if self.done > MOST_ACTIONS:
                raise FlowError(f"more than {MOST_ACTIONS} actions were executed")
            self.row["executed_actions"].append(
                {"id": action.get("id", NIL), "type": action["type"], "tm_execute": self.carrier.account.times.now()}
            )
            following = action.get("next_id")
            frame.place += 1
            if is_set(following) and (place := frame.find(str(following))) is not None:
                frame.place = place
            await self.carrier.perform(self, action)
            if self.program is not None:
                self.program.check()

    def go_to(self, target: object) -> None:
        """Go on at an action of this list, or of one that led here.

        Raises:
            FlowError: there is none with this id.
        """
        for depth in range(len(self.frames) - 1, -1, -1):
            place = self.frames[depth].find(str(target)) if is_set(target) else None
            if place is not None:
                del self.frames[depth + 1 :]
                self.frames[depth].place = place
                return
        raise FlowError(f"no action has the id {target}")

    def push(self, actions: Sequence[Action]) -> None:
        """Carry out these actions, then go on here.

        Raises:
            FlowError: too many lists lead into each other.
        """
        if len(self.frames) >= MOST_LISTS:
            raise FlowError(f"more than {MOST_LISTS} lists led into each other")
        self.frames.append(Frame(actions))

    def tell(self, text: str) -> None:
        """Tell the observers that something went wrong."""
        leg_id = "" if self.call is None else self.call.leg.id
        self.carrier.services.bulletin.tell("error", leg_id, text)

    def end(self) -> None:
        """It is over, and its call with it."""
        if self.is_over:
            return
        self.carrier.account.tables["activeflows"].change(self.row, status="ended")
        self.carrier.publish("activeflow_updated", self.row, self)
        if self.call is not None:
            self.call.leg.hang_up("network")

    def live(self) -> Program:
        """What acts on the call.

        Raises:
            HungUp: there is none any more.
        """
        if self.program is None:
            raise HungUp
        return self.program
