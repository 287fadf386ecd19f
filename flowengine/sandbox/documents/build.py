"""From the nodes of a document to its verbs: what is wrong is found here, before the first of them runs."""

from collections.abc import Callable, Iterable
from typing import Literal

from flowengine.sandbox.documents.attributes import Attributes
from flowengine.sandbox.documents.node import DocumentError, Node
from flowengine.sandbox.documents.verbs import (
    Answer,
    ConferenceTarget,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    Prompt,
    QueueTarget,
    Record,
    Redirect,
    Reject,
    Say,
    Target,
    Verb,
)
from flowengine.sandbox.network.leg import KEYS

_MOST_LOOPS = 1000


def build(nodes: Iterable[Node]) -> tuple[Verb, ...]:
    """The verbs that a document's nodes mean.

    Raises:
        DocumentError: an unknown verb, an attribute of a wrong type, or something missing.
    """
    return tuple(_verb(node) for node in nodes)


def _verb(node: Node) -> Verb:
    builder = _BUILDERS.get(node.name)
    if builder is None:
        raise DocumentError(f"{node.name!r} is no verb of a control document")
    return builder(node, Attributes(node))


def _say(node: Node, given: Attributes) -> Say:
    return Say(" ".join(node.text.split()), given.text("language"), given.text("voice"), _loops(given))


def _play(node: Node, given: Attributes) -> Play:
    digits = given.text("digits")
    if not node.text and not digits:
        raise DocumentError("play: neither a URL nor digits")
    if not set(digits.upper()) <= KEYS | {"W"}:
        raise DocumentError(f"play: digits={digits!r} holds something else than keys and w")
    return Play(node.text, digits, _loops(given))


def _loops(given: Attributes) -> int:
    loop = given.count("loop")
    return 1 if loop is None else min(loop, _MOST_LOOPS)


def _pause(_node: Node, given: Attributes) -> Pause:
    return Pause(given.number("length", 1))


def _gather(node: Node, given: Attributes) -> Gather:
    prompts: list[Prompt] = []
    for verb in build(node.children):
        if not isinstance(verb, Say | Play | Pause):
            raise DocumentError("gather: only say, play and pause may stand in it")
        prompts.append(verb)
    listens_to = frozenset(given.text("input", "dtmf").replace(",", " ").split())
    if not listens_to or not listens_to <= {"dtmf", "speech"}:
        raise DocumentError(f"gather: input={given.text('input')!r} is not dtmf, speech or both")
    timeout = given.number("timeout", 5)
    num_digits = given.count("num_digits")
    if num_digits == 0:
        raise DocumentError("gather: num_digits=0 would never listen")
    return Gather(
        prompts=tuple(prompts),
        listens_to=listens_to,
        num_digits=num_digits,
        finish_on_key=given.keys("finish_on_key", "#"),
        timeout=timeout,
        interdigit_timeout=given.number("interdigit_timeout", timeout),
        barge_in=given.flag("barge_in", True),
        type_ahead=given.flag("type_ahead", True),
        action_on_empty_result=given.flag("action_on_empty_result", False),
        language=given.text("language"),
        action=given.action(),
    )


def _record(_node: Node, given: Attributes) -> Record:
    transcribe_callback = given.text("transcribe_callback")
    return Record(
        max_length=given.number("max_length", 3600),
        timeout=given.number("timeout", 5),
        finish_on_key=given.keys("finish_on_key", "1234567890*#"),
        play_beep=given.flag("play_beep", True),
        transcribe=given.flag("transcribe", bool(transcribe_callback)),
        transcribe_callback=transcribe_callback,
        recording_status_callback=given.text("recording_status_callback"),
        action=given.action(),
    )


def _dial(node: Node, given: Attributes) -> Dial:
    children = list(node.children)
    if node.text:
        children.insert(0, Node("number", {}, node.text))
    if not children:
        raise DocumentError("dial: nobody to dial")
    targets = tuple(_target(child) for child in children)
    single = targets[0]
    if isinstance(single, Target):
        numbers = tuple(target for target in targets if isinstance(target, Target))
        if len(numbers) != len(targets):
            raise DocumentError("dial: numbers do not mix with a conference or a queue")
    elif len(targets) > 1:
        raise DocumentError("dial: a conference or a queue stands alone")
    return Dial(
        targets=numbers if isinstance(single, Target) else single,
        timeout=given.number("timeout", 30),
        time_limit=given.number("time_limit", 14_400),
        caller_id=given.text("caller_id"),
        hangup_on_star=given.flag("hangup_on_star", False),
        record=_records(given.text("record", "do-not-record")),
        recording_status_callback=given.text("recording_status_callback"),
        action=given.action(),
    )


def _records(value: str) -> bool:
    return value.lower() not in ("do-not-record", "false", "")


def _target(node: Node) -> Target | ConferenceTarget | QueueTarget:
    given = Attributes(node)
    if not node.text:
        raise DocumentError(f"dial: an empty {node.name}")
    match node.name:
        case "number" | "sip":
            digits = given.text("send_digits")
            return Target(node.text, given.text("url"), given.method(), digits, given.text("status_callback"))
        case "conference":
            return _conference(node, given)
        case "queue":
            return QueueTarget(node.text)
    raise DocumentError(f"dial: cannot dial a {node.name!r}")


_BEEPS: dict[str, Literal["true", "false", "onEnter", "onExit"]] = {
    "true": "true",
    "false": "false",
    "onenter": "onEnter",
    "onexit": "onExit",
}


def _conference(node: Node, given: Attributes) -> ConferenceTarget:
    beep = _BEEPS.get(given.text("beep", "true").replace("_", "").lower())
    if beep is None:
        raise DocumentError(f"conference: beep={given.text('beep')!r} is not true, false, onEnter or onExit")
    return ConferenceTarget(
        name=node.text,
        muted=given.flag("muted", False),
        beep=beep,
        start_on_enter=given.flag("start_conference_on_enter", True),
        end_on_exit=given.flag("end_conference_on_exit", False),
        max_participants=given.count("max_participants"),
        wait_url=node.attributes.get("wait_url"),
        wait_method=given.method("wait_method"),
        record=_records(given.text("record", "do-not-record")),
        status_callback=given.text("status_callback"),
        recording_status_callback=given.text("recording_status_callback"),
    )


def _enqueue(node: Node, given: Attributes) -> Enqueue:
    if not node.text:
        raise DocumentError("enqueue: no queue is named")
    return Enqueue(node.text, given.text("wait_url"), given.method("wait_url_method"), given.action())


def _redirect(node: Node, given: Attributes) -> Redirect:
    return Redirect(node.text, given.method())


def _reject(_node: Node, given: Attributes) -> Reject:
    match given.text("reason", "rejected"):
        case "rejected":
            return Reject("rejected")
        case "busy":
            return Reject("busy")
    raise DocumentError(f"reject: reason={given.text('reason')!r} is not rejected or busy")


_BUILDERS: dict[str, Callable[[Node, Attributes], Verb]] = {
    "say": _say,
    "play": _play,
    "pause": _pause,
    "gather": _gather,
    "record": _record,
    "dial": _dial,
    "enqueue": _enqueue,
    "redirect": _redirect,
    "reject": _reject,
    "answer": lambda _node, _given: Answer(),
    "hangup": lambda _node, _given: Hangup(),
    "leave": lambda _node, _given: Leave(),
}
