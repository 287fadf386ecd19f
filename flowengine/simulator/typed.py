"""What a person types into a terminal call: short words by what the call waits for, or a line as scripts have it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from flowengine.core.commands import Dial, Enqueue, Listen, Record, Wait
from flowengine.core.keys import KEYS
from flowengine.core.words import words
from flowengine.simulator.recorder import quoted
from flowengine.simulator.world import Answer

OUTCOMES = ("busy", "noanswer", "declined", "failed", "answered")

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)", re.ASCII)
_SECONDS_A_WORD = 0.4


@dataclass(frozen=True, slots=True)
class Action:
    """What the person does. `line` is the same as a line of a script; `kind` names the method of the phone."""

    kind: str
    line: str
    args: tuple[Any, ...] = ()


class UnclearError(ValueError):
    """What was typed means nothing here; the message tells what would."""


def duration(text: str) -> float | None:
    """`5s` as 5.0; None for what is no duration."""
    found = _DURATION.fullmatch(text)
    return None if found is None else float(found[1]) * _UNITS[found[2]]


def understand(text: str, wait: Wait | None) -> Action:
    """What a line means while the call waits for `wait`.

    Raises:
        UnclearError: it means nothing here.
    """
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    match word:
        case "hangup":
            return Action("hangup", "hangup")
        case "wait":
            seconds = duration(rest)
            if rest and seconds is None:
                raise UnclearError("`wait`, or for a time: `wait 4s`")
            return Action("wait", text if rest else "wait", (seconds,))
        case "press" if rest:
            return _press(_unquoted(rest))
        case "speak" if rest:
            return _speak(_unquoted(rest))
        case "peer" if rest:
            return _peer(rest)
    match wait:
        case Record():
            return _leave(rest if word == "leave" else text)
        case Dial():
            return _peer(text)
        case Enqueue() if word in OUTCOMES:
            return _peer(text)
        case Listen(speech=True) if not KEYS.issuperset(text):
            return _speak(text)
    return _press(text)


def help_for(wait: Wait | None) -> str:
    """What a person may type now."""
    match wait:
        case Record():
            return "recording: type what you say, `hangup`, or the finish key as `press #`"
        case Dial(targets=targets):
            return f"{', '.join(targets)} rings: {', '.join(OUTCOMES[:-1])}, or answered 30s"
        case Enqueue():
            return "in the queue: an agent takes the call with `answered 30s`; keys, `wait`, `hangup`"
        case Listen(speech=True):
            return "type keys or words, `wait`, `hangup`"
    return "type keys, `wait`, `hangup`"


def answer(url: str, text: str) -> tuple[Answer, str]:
    """The answer of a service as a person types it: JSON, a status, `fails`, or a text; and the `given` line for it."""
    start = f"given fetch {quoted(url)}"
    if text == "fails":
        return Answer(url, fails=True), f"{start} fails"
    if re.fullmatch(r"[1-5]\d\d", text, re.ASCII):
        return Answer(url, int(text)), f"{start} status={text}"
    try:
        body = json.loads(text)
    except ValueError:
        return Answer(url, body=text), f"{start} text={quoted(text)}"
    return Answer(url, body=body), f"{start} json={literal(body)}"


def literal(value: Any) -> str:
    """A JSON value as scripts write it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            return "{" + ", ".join(f"{quoted(key)}: {literal(item)}" for key, item in value.items()) + "}"
    return str(value)


def _press(keys: str) -> Action:
    typed = "".join(keys.split()).upper()
    if not typed or not KEYS.issuperset(typed):
        raise UnclearError("keys are 0-9, * and #; `speak …` says something, `hangup` ends the call")
    return Action("press", f"press {quoted(typed)}", (typed,))


def _speak(text: str) -> Action:
    return Action("speak", f"speak {quoted(text)}", (text,))


def _leave(text: str) -> Action:
    """`[5s] words [hangup]`; without a duration, as long as the words take to say."""
    first, _, rest = text.partition(" ")
    seconds = duration(first)
    if seconds is not None:
        text = rest.strip()
    hangup = text.endswith("hangup") and (text == "hangup" or text[:-6].endswith((" ", '"')))
    message = _unquoted(text.removesuffix("hangup").strip() if hangup else text)
    if seconds is None:
        seconds = float(max(1, round(len(words(message)) * _SECONDS_A_WORD)))
    line = f"leave {seconds:g}s {quoted(message)}" + (" hangup" if hangup else "")
    return Action("leave", line, (seconds, message, hangup))


def _peer(text: str) -> Action:
    outcome, _, rest = text.partition(" ")
    seconds = duration(rest.strip()) if rest else 30.0
    if outcome not in OUTCOMES or seconds is None or (rest and outcome != "answered"):
        raise UnclearError(f"the other side is one of {', '.join(OUTCOMES[:-1])}, or answered 30s")
    if outcome != "answered":
        return Action("peer", f"peer {outcome}", (outcome, 0.0))
    return Action("peer", f"peer answered {seconds:g}s", (outcome, seconds))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
