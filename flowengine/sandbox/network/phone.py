"""A phone that acts by itself, as its `Behaviour` says."""

from flowengine.sandbox.network.behaviour import Behaviour
from flowengine.sandbox.network.handset import Handset
from flowengine.sandbox.network.leg import Awaiting, Leg, LegState


async def act(handset: Handset, behaviour: Behaviour) -> None:
    """Play the phone at the far end of a ringing leg until the leg is over."""
    leg = handset.leg
    if await leg.until(lambda: leg.is_over, behaviour.after):
        return
    match behaviour.does:
        case "busy":
            handset.refuse(LegState.BUSY)
        case "fail":
            handset.refuse(LegState.FAILED)
        case "no-answer":
            await leg.until(lambda: leg.is_over)
        case "machine":
            handset.answer(by="machine", greeting=behaviour.greeting)
            await leg.until(lambda: leg.is_over)
        case "answer":
            handset.answer(by="human")
            await _converse(handset, behaviour)


async def _converse(handset: Handset, behaviour: Behaviour) -> None:
    leg = handset.leg
    asked = 0
    last: Awaiting | None = None
    while (question := await _next_question(leg, last)) is not None:
        last = question
        patience = behaviour.talk if question.kind == "bridge" else behaviour.reaction
        if patience is None or await _ends(leg, question, patience):
            continue
        if question.kind == "bridge":
            handset.hang_up()
        elif question.kind == "record":
            _leave_message(handset, behaviour)
        elif behaviour.keys:
            handset.press(behaviour.keys[min(asked, len(behaviour.keys) - 1)])
        elif behaviour.words and "speech" in str(question.data.get("input", "")):
            handset.speak(behaviour.words[min(asked, len(behaviour.words) - 1)])
        asked += question.kind == "gather"


def _leave_message(handset: Handset, behaviour: Behaviour) -> None:
    if behaviour.words:
        handset.leave(behaviour.message, behaviour.words[-1])


async def _next_question(leg: Leg, last: Awaiting | None) -> Awaiting | None:
    """What the carrier waits for next, other than `last`; None when the leg is over."""

    def asks() -> bool:
        return (
            leg.awaiting is not last
            and leg.awaiting is not None
            and leg.awaiting.kind in ("gather", "record", "bridge")
        )

    await leg.until(lambda: leg.is_over or asks())
    return None if leg.is_over else leg.awaiting


async def _ends(leg: Leg, question: Awaiting, within: float) -> bool:
    """Whether the question is over before `within` seconds have passed."""
    return await leg.until(lambda: leg.is_over or leg.awaiting is not question, within)
