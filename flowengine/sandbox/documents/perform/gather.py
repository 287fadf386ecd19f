"""Gather: keys, words, or whichever comes first."""

from dataclasses import dataclass

from flowengine.sandbox.documents.perform.prompts import prompt
from flowengine.sandbox.documents.program import Goto, Program
from flowengine.sandbox.documents.verbs import Gather
from flowengine.sandbox.network.leg import Utterance
from flowengine.sandbox.webhooks import Values


@dataclass(slots=True)
class _Input:
    digits: str = ""
    finished_on_key: str = ""
    utterance: Utterance | None = None


async def gather(program: Program, verb: Gather) -> Goto | None:
    """Play the prompts, listen, and take what came to the action. Nothing came: go on, unless the verb says otherwise.

    Keys that were pressed while nothing listened count first, and then no prompt is heard.
    """
    program.answer()
    leg = program.leg
    leg.utterance = None
    if not verb.type_ahead:
        leg.clear_keys()

    def something_came() -> bool:
        keys = "dtmf" in verb.listens_to and bool(leg.keys)
        return keys or ("speech" in verb.listens_to and leg.utterance is not None)

    waiting = leg.keys
    for part in verb.prompts:
        if verb.barge_in and something_came():
            break
        await prompt(program, part, something_came if verb.barge_in else lambda: False)
    if not verb.barge_in:
        leg.keys, leg.utterance = waiting, None
    leg.forget_late_finish_key()
    with program.awaiting(
        "gather",
        input=" ".join(sorted(verb.listens_to)),
        num_digits=verb.num_digits,
        finish_on_key=verb.finish_on_key,
        timeout=verb.timeout,
        interdigit_timeout=verb.interdigit_timeout,
    ):
        heard = await _listen(program, verb)
    if not (heard.digits or heard.utterance or verb.action_on_empty_result):
        return None
    fields: Values = {"digits": heard.digits, "finished_on_key": heard.finished_on_key}
    if heard.utterance is not None:
        fields = {"speech": heard.utterance.text, "confidence": heard.utterance.confidence}
    return Goto(program.resolve(verb.action.url), verb.action.method, fields)


async def _listen(program: Program, verb: Gather) -> _Input:
    leg = program.leg
    heard = _Input()
    patience = verb.timeout

    def something_new() -> bool:
        keys = "dtmf" in verb.listens_to and bool(leg.keys)
        words = "speech" in verb.listens_to and leg.utterance is not None and not heard.digits
        return keys or words

    while await program.until(something_new, patience):
        if not ("dtmf" in verb.listens_to and leg.keys):
            heard.utterance, leg.utterance = leg.utterance, None
            break
        key = leg.take_key()
        if key in verb.finish_on_key:
            heard.finished_on_key = key
            break
        heard.digits += key
        if len(heard.digits) == verb.num_digits:
            leg.expect_late_finish_key(verb.finish_on_key)
            break
        patience = verb.interdigit_timeout
    return heard
