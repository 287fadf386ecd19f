"""What was said, asked and done in a call, in order: what a script's `hear` and `expect` look at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from html import unescape

from flowengine.core.commands import Command, Pause, Play, Prompt, Say
from flowengine.core.journal import Asked, Entry
from flowengine.core.machine import Turn
from flowengine.core.words import find, words

_TAG = re.compile(r"<[^>]*>")


class Who(StrEnum):
    """Where a line of the conversation comes from."""

    FLOW = "flow"
    CALLER = "caller"
    PEER = "peer"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt that the caller heard. `shown` is safe to write down; `words` is what really was said, in `language`."""

    at: float
    shown: str
    words: tuple[str, ...]
    language: str = ""
    who: Who = Who.FLOW


@dataclass(frozen=True, slots=True)
class Request:
    """A verb that the flow performed, with the values it had."""

    at: float
    asked: Asked
    shown: str
    who: Who = Who.FLOW


@dataclass(frozen=True, slots=True)
class Did:
    """What the caller or the other side of a transfer did, or a note of something that explains what follows."""

    at: float
    shown: str
    who: Who = Who.CALLER


Item = Said | Request | Did

QUIET = frozenset({"say", "play", "pause", "answer", "menu", "gather"})
"""Verbs that a reader of the conversation does not miss: their prompts speak for themselves."""


@dataclass(slots=True)
class Transcript:
    """The whole conversation so far.

    `window` is where the last line that did something begins, in `items` and in `words`. `owners` has for each word the
    item that it is of. `entries` is the journal.
    """

    items: list[Item] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    window: tuple[int, int] = (0, 0)
    entries: list[Entry] = field(default_factory=list)

    def mark(self) -> None:
        """A line that does something begins: what was said before it is the past."""
        self.window = (len(self.items), len(self.words))

    def did(self, at: float, shown: str, who: Who = Who.CALLER) -> None:
        """Note what somebody did."""
        self.items.append(Did(at, shown, who))

    def say(self, at: float, shown: str, spoken: Sequence[str], language: str = "") -> None:
        """Note what the caller heard."""
        self.owners.extend([len(self.items)] * len(spoken))
        self.words.extend(spoken)
        self.items.append(Said(at, shown, tuple(spoken), language))

    def find(self, text: str, start: int) -> tuple[int, int] | None:
        """Where `text` is said as whole words, from word `start` on: the word after, and the item of the last."""
        wanted = words(text)
        index = find(wanted, self.words, start)
        if index < 0:
            return None
        end = index + len(wanted)
        return end, self.owners[end - 1]

    def heard(self) -> list[str]:
        """What was said since the last line that did something, one text a prompt."""
        return [item.shown for item in self.items[self.window[0] :] if isinstance(item, Said) and item.words]

    def requests(self, start: int) -> Iterable[tuple[int, Request]]:
        """The verbs that were performed, from item `start` on, with their places."""
        for index in range(start, len(self.items)):
            item = self.items[index]
            if isinstance(item, Request):
                yield index, item

    def take(self, turn: Turn) -> None:
        """Write down what a turn did."""
        prompts = iter([command for command in turn.commands if isinstance(command, Prompt)])
        for entry, value in turn.trace:
            self.entries.append(entry)
            match entry.kind:
                case "said" | "played" | "paused":
                    prompt = next(prompts)
                    language = prompt.language if isinstance(prompt, Say) else ""
                    self.say(entry.at, _shown(entry, prompt), spoken(prompt), language)
                case "verb" if isinstance(value, Asked):
                    self.items.append(Request(entry.at, _with_wait(value, turn), entry.text))
                case "error" | "limit":
                    self.did(entry.at, f"{entry.name}: {entry.text}" if entry.text else entry.name, Who.NOTE)


def spoken(prompt: Command) -> tuple[str, ...]:
    """The words of a prompt: of an SSML document without its markup, of a file its name; nothing of a pause."""
    match prompt:
        case Say(text=text, loop=loop, ssml=ssml):
            return _words(unescape(_TAG.sub(" ", text)) if ssml else text) * loop
        case Play(source=source, loop=loop):
            return _words(source) * loop
    return ()


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    return tuple(words(text))


def _shown(entry: Entry, prompt: Command) -> str:
    match prompt:
        case Play():
            return f"[plays {entry.text}]"
        case Pause(seconds=seconds):
            return f"[pause {seconds:g} s]"
        case Say(ssml=True):
            return " ".join(unescape(_TAG.sub(" ", entry.text)).split())
    return entry.text


def _with_wait(asked: Asked, turn: Turn) -> Asked:
    """A menu or gather is described by its wait: what the caller may do, and for how long."""
    if asked.verb not in ("menu", "gather") or asked.options:
        return asked
    wait = turn.wait
    known = ("timeout", "interdigit", "bargein", "finish", "speech", "hints", "sensitive")
    options = {name: getattr(wait, name) for name in known if hasattr(wait, name)}
    if asked.verb == "gather" and hasattr(wait, "shortest") and hasattr(wait, "longest"):
        options["digits"] = (wait.shortest, wait.longest)
    return Asked(asked.verb, asked.args, options, asked.alternatives)
