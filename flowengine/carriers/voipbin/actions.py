"""Actions, the words that VoIPBIN obeys, and a sheet that they are written on.

Every action of a fetched list needs an id of its own. Ours are made from the call and the turn, so that a repeated
fetch gets the same list to the byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

DIGITS = "voipbin.call.digits"
"""The variable in which the carrier gathers keys; it is never emptied by the carrier's `digits_receive`."""

CONTENT_TYPE = "application/json"

_STOPS = frozenset({"hangup", "stop", "fetch"})


class Action(Struct, frozen=True, omit_defaults=True):
    """One action. `next_id` overrides the order of the list."""

    id: str
    type: str
    option: dict[str, Any] = {}
    next_id: str = ""


def make_id(*parts: object) -> str:
    """A UUID made from `parts`: the same for the same ones."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    # Version 8 of RFC 9562: the bits are ours.
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


class Sheet:
    """A list of actions in the making."""

    def __init__(self, *seed: object) -> None:
        """`seed` makes the ids: it must differ between any two lists of a call."""
        self.actions: list[Action] = []
        self._seed = seed
        self._ids = 0

    def new_id(self) -> str:
        """An id for an action that is written later."""
        self._ids += 1
        return make_id(*self._seed, self._ids)

    def add(self, kind: str, *, at: str = "", then: str = "", **option: Any) -> None:
        """Write an action, with the id `at` if it was promised; `then` is where it goes on, if not at the next."""
        self.actions.append(Action(at or self.new_id(), kind, option, then))

    # What is written often.

    def say(self, text: str, language: str, **option: Any) -> None:
        """Speak."""
        self.add("talk", text=text, language=language, **option)

    def clear_keys(self) -> None:
        """Forget the keys that were typed."""
        self.add("variable_set", key=DIGITS, value="")

    def unless(self, value: str, target: str, *, variable: str = DIGITS, then: str = "") -> None:
        """Go to `target` when the variable has this value, else on: at `then`, if that is not the next."""
        self._compare("!=", value, target, variable, then)

    def only_if(self, value: str, otherwise: str, *, variable: str = DIGITS) -> None:
        """Go on when the variable has this value, else to `otherwise`."""
        self._compare("==", value, otherwise, variable)

    def unless_shorter(self, length: int, target: str, *, variable: str = DIGITS) -> None:
        """Go to `target` when the variable is shorter than this."""
        self.add(
            "condition_variable",
            condition=">=",
            variable=f"${{{variable}}}",
            value_type="length",
            value_length=length,
            false_target_id=target,
        )

    def _compare(self, condition: str, value: str, target: str, variable: str, then: str = "") -> None:
        # The carrier compares the text itself: only `${...}` makes it the variable's value.
        self.add(
            "condition_variable",
            then=then,
            condition=condition,
            variable=f"${{{variable}}}",
            value_type="string",
            value_string=value,
            false_target_id=target,
        )

    def fetch(self, url: str, *, at: str = "") -> None:
        """Ask us for more actions."""
        self.add("fetch", at=at, event_url=url, event_method="POST")

    def sleep(self, seconds: float) -> None:
        """Silence."""
        self.add("sleep", duration=milliseconds(seconds))

    def text(self) -> str:
        """The list as JSON."""
        return msgspec.json.encode(self.actions).decode()


def milliseconds(seconds: float) -> int:
    """A time as the carrier has it."""
    return max(1, round(seconds * 1000))


def longest_path(actions: Sequence[Action]) -> int | None:
    """How many of these actions are executed at most before the carrier asks again or hangs up; None for a list that
    goes round in circles."""
    index = {action.id: place for place, action in enumerate(actions)}
    costs: dict[int, int | None] = {}
    under_way: set[int] = set()

    def cost(place: int) -> int | None:
        if place >= len(actions):
            return 0
        if place in under_way:
            return None
        if place not in costs:
            under_way.add(place)
            ways = [cost(target) for target in successors(actions, index, place)]
            under_way.discard(place)
            known = [way for way in ways if way is not None]
            costs[place] = None if len(known) < len(ways) else 1 + max(known, default=0)
        return costs[place]

    return cost(0)


def successors(actions: Sequence[Action], index: Mapping[str, int], place: int) -> list[int]:
    """The places in the list where the action at `place` can lead to; one past the end is the end of the list."""
    action = actions[place]
    if action.type in _STOPS:
        return []
    option = action.option
    if action.type == "branch":
        targets = [option["default_target_id"], *option.get("target_ids", {}).values()]
        return [index[target] for target in targets]
    following = [index[action.next_id] if action.next_id else place + 1]
    target = option.get("target_id") if action.type == "goto" else option.get("false_target_id")
    return [*following, index[target]] if target else following
