"""What can be done over Telefonie's call-url webhooks, with documents of the TwiML kind."""

from __future__ import annotations

from flowengine.carriers.contract import FULL, Capabilities, no, partly

_ONE_TIMEOUT = "A carrier that does not know `interdigitTimeout` takes `timeout` between two keys, too."
_SECONDS = "Times are whole seconds; a part of one is rounded up."

CAPABILITIES = Capabilities(
    runs_flows=True,
    of={
        "answer": FULL,
        "say": FULL,
        "language": FULL,
        "play": FULL,
        "pause": FULL,
        "pause.duration": partly(_SECONDS, fractions=True),
        "hangup": FULL,
        "reject": FULL,
        "menu": FULL,
        "menu.interdigit": partly(_ONE_TIMEOUT),
        "menu.timeout": partly(_SECONDS, fractions=True),
        "gather": FULL,
        "gather.interdigit": partly(_ONE_TIMEOUT),
        "gather.timeout": partly(_SECONDS, fractions=True),
        "record": FULL,
        "record.transcribe": partly("The text is none where the carrier sends it later than the recording."),
        "transfer": FULL,
        "transfer: declined": partly("It is told apart from `busy` and `noanswer` only with `screen=`."),
        "conference": FULL,
        "conference: press": no("The carrier reports no keys from a room but the star."),
        "conference: press *": FULL,
        "conference: full": partly("It reads `ended` where the carrier does not say that the room was full."),
        "queue": FULL,
        "queue.music": partly("It is played once between two rounds of the prompts; without it there is silence."),
        "queue.timeout": partly("The prompts, or the music, of a round are played to their end first."),
        "queue: timeout": FULL,
        "redirect": FULL,
        "send": FULL,
        "fetch": FULL,
        "sms": FULL,
        "log": FULL,
        "emit": FULL,
    },
)
