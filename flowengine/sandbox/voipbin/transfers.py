"""Transfers by the API: somebody in a conversation hands it over, at once or after a word with who takes it.

blind       the transferer is gone at once; who stays hears it ring, and is connected with who answers first
attended    who answers joins the two; when the transferer leaves, the others go on
nobody      blind: who stays is hung up; attended: nothing has changed
"""

from typing import TYPE_CHECKING, Literal

from flowengine.sandbox.documents.perform.bridge import Conversation, bridge
from flowengine.sandbox.documents.program import Control, HungUp, Program, Redirected, Stopped
from flowengine.sandbox.documents.verbs import Dial, Target, Verb
from flowengine.sandbox.network.leg import Leg

if TYPE_CHECKING:
    from flowengine.sandbox.voipbin.calls import VoipbinCall
    from flowengine.sandbox.voipbin.carrier import VoipbinCarrier


class Handover:
    """Legs that ring for somebody who stays."""

    def __init__(self, rung: list[Leg], caller: str) -> None:
        self.rung = rung
        self._verb = Dial(tuple(Target(leg.callee, "", "POST", "", "") for leg in rung), caller_id=caller)

    @property
    def won(self) -> Leg | None:
        """Who has answered first."""
        return next((leg for leg in self.rung if leg.is_answered and not leg.is_over), None)

    @property
    def is_decided(self) -> bool:
        """Whether somebody has answered, or nobody will."""
        return self.won is not None or all(leg.is_over for leg in self.rung)

    def drop_losers(self) -> None:
        """Who has not answered first need not ring any more."""
        for leg in self.rung:
            if leg is not self.won:
                leg.hang_up("network")

    async def run(self, program: Program) -> None:
        """Let the program's leg wait, and talk to who answers, until that is over."""
        for leg in self.rung:
            leg.dependants.append(program.leg)
        try:
            with program.awaiting("dial", numbers=[leg.callee for leg in self.rung]):
                await program.until(lambda: self.is_decided)
            won = self.won
            self.drop_losers()
            if won is not None:
                await bridge(program, self._verb, won, Conversation())
        finally:
            for leg in self.rung:
                leg.hang_up("network")


def transfer(
    carrier: "VoipbinCarrier", call: "VoipbinCall", kind: Literal["blind", "attended"], rung: list["VoipbinCall"]
) -> None:
    """Hand the conversation of `call` over to who answers first."""
    handover = Handover([one.leg for one in rung], call.destination["target"])
    partner = next((one for one in carrier.calls.values() if one.id in (call.master_id, *call.chained)), None)
    if partner is None or partner.leg.is_over:
        call.hang_up()
    elif kind == "blind":
        _keep(carrier, call, partner, handover)
        call.hang_up()
    else:
        carrier.services.in_background(_introduce(carrier, call, partner, handover), f"transfer of {call.id}")


def _keep(carrier: "VoipbinCarrier", call: "VoipbinCall", partner: "VoipbinCall", handover: Handover) -> None:
    """Let the partner stay when `call` leaves: its own flow goes on with the handover, or, without one, we do."""
    if partner.activeflow is not None:
        partner.handover = handover
        return
    partner.leg.release()
    carrier.services.in_background(_alone(carrier, partner, handover), f"transfer of {call.id}")


async def _alone(carrier: "VoipbinCarrier", partner: "VoipbinCall", handover: Handover) -> None:
    try:
        await handover.run(Program(carrier.services, Control(partner.leg), _no_verbs))
    except (HungUp, Redirected, Stopped):
        return
    finally:
        partner.leg.hang_up("network")


async def _introduce(
    carrier: "VoipbinCarrier", call: "VoipbinCall", partner: "VoipbinCall", handover: Handover
) -> None:
    for leg in handover.rung:
        leg.dependants.append(call.leg)
    await call.leg.until(lambda: handover.is_decided or call.leg.is_over)
    won = handover.won
    handover.drop_losers()
    if won is None or call.leg.is_over or partner.leg.is_over:
        return
    for leg in (call.leg, partner.leg):
        won.media.join(leg.media)
    _keep(carrier, call, partner, handover)


async def _no_verbs(program: Program, verb: Verb) -> None:
    raise TypeError(f"{program.leg.id}: {verb}")
