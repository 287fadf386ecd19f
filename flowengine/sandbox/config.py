"""How an embedded carrier is set up."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flowengine.sandbox.account_config import AccountConfig
from flowengine.sandbox.network.behaviour import MAGIC_ENDINGS, ORDINARY, Behaviour
from flowengine.sandbox.voipbin.config import VoipbinAccount

Method = Literal["GET", "POST"]


class NumberConfig(BaseModel):
    """A number of ours, and the webhooks that answer it.

    Attributes:
        voice_url: Asked for a control document when the number is called.
        method: How.
        fallback_url: Asked instead when that fails.
        status_callback: Told each change of the call's state.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice_url: str
    method: Method = "POST"
    fallback_url: str | None = None
    status_callback: str | None = None


class SandboxConfig(BaseModel):
    """The whole set-up.

    Attributes:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        listen: Whether to listen at all. If not, `Sandbox.app` is mounted in another server, and `public_url` says
            where.
        public_url: How others reach us, when not as `http://host:port`; recording URLs begin with it.
        api_keys: Keys that the API accepts.
        numbers: Our own numbers.
        phones: How outside phones behave, by number or by a pattern with `*`.
        magic: Behaviour by how a number ends, where `phones` has nothing.
        ordinary: How all other phones behave.
        vocabulary: Field names in webhooks: this carrier's own, or those of TwiML applications.
        body: How a POST carries them.
        pace: How much of real time prompts take: 1 as long as they are, 0 none (for virtual time).
        audio: Whether prompts are made into sound (it needs the `speech` extra).
        strict_numbers: Whether the API answers 400 to a number that cannot be dialled. The OpenAPI takes any text;
            otherwise such a call is created, and fails at once.
        machine_detection: Whether `answered_by` is found out before the first webhook of an outbound call.
        webhook_timeout: Seconds that a webhook has for its answer.
        wait_round: The least seconds between two requests for a queue's waiting document, should it take no time.
        apology: Said when a document cannot be had or is wrong.
        recordings: The folder for recordings; None: a temporary one, removed at the end.
        keep: How many calls, conferences and recordings are remembered once they are over.
        seed: For the same identifiers in every run.
        voipbin: The customer of the VoIPBIN API.
        more_voipbin: Further customers of it, with keys, user names and numbers of their own.
        telefonie: Further accounts of the Telefonie APIs, beside that of `api_keys`; each has the numbers that it
            names, and `numbers` says what answers them.
        finespeak: The accounts of the FineSpeak API.
        sms_voip: The accounts of the sms-voip API, with its documented limit.
        speko: The accounts of the Speko API.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    listen: bool = True
    public_url: str | None = None
    api_keys: tuple[str, ...] = ("sandbox",)
    numbers: dict[str, NumberConfig] = Field(default_factory=dict)
    phones: dict[str, Behaviour] = Field(default_factory=dict)
    magic: dict[str, Behaviour] = Field(default_factory=lambda: dict(MAGIC_ENDINGS))
    ordinary: Behaviour = ORDINARY
    vocabulary: Literal["telefonie", "twiml"] = "telefonie"
    body: Literal["form", "json"] = "form"
    pace: float = Field(default=1.0, ge=0)
    audio: bool = False
    strict_numbers: bool = False
    machine_detection: bool = True
    webhook_timeout: float = Field(default=15.0, gt=0)
    wait_round: float = Field(default=1.0, gt=0)
    apology: str = "We are sorry. An application error has occurred. Goodbye."
    recordings: Path | None = None
    keep: int = Field(default=10_000, ge=1)
    seed: int | None = None
    voipbin: VoipbinAccount = Field(default_factory=VoipbinAccount)
    more_voipbin: tuple[VoipbinAccount, ...] = ()
    telefonie: tuple[AccountConfig, ...] = ()
    finespeak: tuple[AccountConfig, ...] = (AccountConfig(keys=("fs_sandbox",)),)
    sms_voip: tuple[AccountConfig, ...] = (AccountConfig(keys=("sk_test_sandbox",), per_minute=120),)
    speko: tuple[AccountConfig, ...] = (
        AccountConfig(keys=("sk_live_sandbox",), numbers=("+14155550199",), agents=("agent_sandbox",)),
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not self.listen and self.public_url is None:
            raise ValueError("without listen, public_url is needed")
        return self
