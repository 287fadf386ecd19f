"""What an outside phone does when it rings."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from flowengine.sandbox.network.leg import KEYS


class Behaviour(BaseModel):
    """A phone that acts by itself, so that a test or a demonstration needs no person at it.

    Attributes:
        does: `answer`, `busy`, `no-answer` (rings until the caller gives up), `fail` (the number cannot be reached),
            or `machine` (an answering machine).
        after: Seconds of ringing before it does so.
        keys: What it presses: one entry for each time that keys are asked for, the last for all further times.
        words: What it says, in the same way, where words are asked for and it has no `keys`.
        message: Seconds that it talks into a recording; what it says is the last of `words`, without them nothing.
        reaction: Seconds between being asked and doing that.
        talk: Seconds that it talks when connected to another person, before it hangs up; None: it never hangs up.
        greeting: Seconds that a machine speaks before its beep.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    does: Literal["answer", "busy", "no-answer", "fail", "machine"] = "answer"
    after: float = Field(default=1.0, ge=0)
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    message: float = Field(default=5.0, ge=0)
    reaction: float = Field(default=0.5, ge=0)
    talk: float | None = Field(default=20.0, ge=0)
    greeting: float = Field(default=4.0, ge=0)

    @field_validator("keys")
    @classmethod
    def _only_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for pressed in keys:
            if not set(pressed) <= KEYS:
                raise ValueError(f"{pressed!r} holds something else than 0-9, *, # and A-D")
        return keys


# Numbers that end like this behave like this on every embedded carrier, unless configured otherwise: enough to write a
# test for each outcome without any configuration.
MAGIC_ENDINGS: dict[str, Behaviour] = {
    "9901": Behaviour(does="busy"),
    "9902": Behaviour(does="no-answer"),
    "9903": Behaviour(does="fail"),
    "9904": Behaviour(does="machine"),
    "9905": Behaviour(keys=()),
    "9906": Behaviour(keys=("1",)),
}

# Who answers elsewhere accepts a screened call ("press 1 to take it"), talks for a while and hangs up.
ORDINARY = Behaviour(keys=("1",))
