"""What can be done with VoIPBIN's actions."""

from __future__ import annotations

from flowengine.carriers.contract import FULL, Budget, Capabilities, no, partly

MOST_ACTIONS = 100
"""Actions that one call may execute; the carrier ends the call, without a word, at the next one or two."""

_ONE_TIME = "One time serves for all keys that must come; where any number may, together they have at most 30 s."
_SPEECH = "Speech is not recognised in a flow: there is an action that transcribes, but none that brings the text back."
_PLAYED = "A key ends speech at once, but an audio file only when it is over."
_ROOM = "A conference of VoIPBIN has no such setting."
_QUEUE = "A queue of VoIPBIN is set up there, with its own agents, music, prompts and times."
_BEFORE = "The caller waits in a room of a conference, and hears no ringing."

CAPABILITIES = Capabilities(
    runs_flows=True,
    of={
        "answer": FULL,
        "say": FULL,
        "language": FULL,
        "play": FULL,
        "pause": FULL,
        "hangup": FULL,
        "reject": FULL,
        "menu": FULL,
        "menu.bargein": partly(_PLAYED),
        "menu: words": no(_SPEECH),
        "gather": FULL,
        "gather.bargein": partly(_PLAYED),
        "gather.interdigit": partly(_ONE_TIME),
        "gather.speech": no(_SPEECH),
        "gather.hints": no(_SPEECH),
        "record": partly("Its URL needs the access key, and comes by a webhook."),
        "record.silence": partly("The flow goes on up to 12 s after silence has ended a recording."),
        "record.transcribe": partly("The text is none: a recording is transcribed only after the call."),
        "record: empty": partly("A recording that silence ended, and that is no longer than that silence, is empty."),
        "transfer": partly("What became of it is told by webhooks, without which it reads `failed`."),
        "transfer.timeout": partly("The carrier rings for 60 s at most."),
        "transfer.whisper": partly(_BEFORE),
        "transfer.screen": partly(_BEFORE),
        "transfer: queue": no("The callers of a queue of VoIPBIN are given to its own agents only."),
        "transfer: declined": partly("Without `screen=` it reads `busy` or `noanswer`."),
        "conference": partly("A room is made when it is first entered, unless its id is configured."),
        "conference.moderator": no(_ROOM),
        "conference.seats": no(_ROOM),
        "conference.wait_for_moderator": no(_ROOM),
        "conference.music": no(_ROOM),
        "conference.record": partly("What this caller hears and says is recorded, of each who asks for it."),
        "conference.beep": partly(_ROOM),
        "conference: full": partly("A room is never full."),
        "conference: press": no("Keys in a conference are not reported."),
        "queue": partly(_QUEUE),
        "queue.music": no(_QUEUE),
        "queue.timeout": partly(_QUEUE),
        "queue: prompts": no(_QUEUE),
        "queue: timeout": partly("Whoever leaves the queue without an agent reads `timeout`."),
        "queue: full": partly("A queue is never full."),
        "queue: failed": partly("A queue that is not there ends the call."),
        "queue: press": no("Keys in a queue are not reported."),
        "redirect": no("No action hands a call to another URL."),
        "send": FULL,
        "call.actions": partly("About a hundred actions are carried out in a call; then it gets an `error`."),
        "call.answered_by": partly("It is none: a machine can be hung up on, but nobody tells who has answered."),
        "fetch": FULL,
        "sms": FULL,
        "log": FULL,
        "emit": FULL,
    },
    budget=Budget(
        limit=MOST_ACTIONS,
        first=2,
        of={
            "say": 1,
            "play": 1,
            "pause": 1,
            "send": 2,
            "menu": 6,
            "gather": 8,
            "record": 30,
            "transfer": 6,
            "conference": 4,
            "queue": 4,
            "fetch": 4,
            "hangup": 1,
            "reject": 1,
        },
        note="It ends the call without a word; the flow gets an `error` shortly before.",
    ),
)
