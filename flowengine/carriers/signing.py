"""How each carrier signs its webhooks, for those who try whether a server takes what the carrier will send.

A signer gives the headers of a request, from its body, its path with the query, and the time; None where the carrier's
table names no secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowengine.carriers import signature
from flowengine.carriers.finespeak.config import FinespeakConfig
from flowengine.carriers.intake import secrets_of
from flowengine.carriers.registry import read_table
from flowengine.carriers.sms_voip.config import SmsVoipConfig
from flowengine.carriers.speko import signature as speko
from flowengine.carriers.speko.config import SpekoConfig
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.voipbin import signature as voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig

Signer = Callable[[bytes, str, int], dict[str, str]]
"""From a body, a path with its query and the time (Unix, seconds) to headers."""


def _timed(header: str, secrets: tuple[str, ...]) -> Signer | None:
    if not secrets:
        return None
    return lambda body, target, at: {header: signature.sign(secrets[0], at, body or target.encode())}


def _telefonie(table: Mapping[str, Any]) -> Signer | None:
    config = read_table(TelefonieConfig, "telefonie", table)
    return _timed(config.signature_header, config.secrets)


def _voipbin(table: Mapping[str, Any]) -> Signer | None:
    config = read_table(VoipbinConfig, "voipbin", table)
    if not config.secrets or config.checks == "off":
        return None
    return lambda body, _target, _at: {voipbin.HEADER: voipbin.sign(config.secrets[0], body)}


def _finespeak(table: Mapping[str, Any]) -> Signer | None:
    config = read_table(FinespeakConfig, "finespeak", table)
    return _timed(config.signature_header, secrets_of(config.webhook_secret))


def _sms_voip(table: Mapping[str, Any]) -> Signer | None:
    return _timed("X-Signature", secrets_of(read_table(SmsVoipConfig, "sms-voip", table).webhook_secret))


def _speko(table: Mapping[str, Any]) -> Signer | None:
    secrets = secrets_of(read_table(SpekoConfig, "speko", table).webhook_secret)
    if not secrets:
        return None

    def sign(body: bytes, _target: str, at: int) -> dict[str, str]:
        delivery = f"msg_{at}"
        signed = speko.sign(secrets[0], delivery, at, body)
        return {"webhook-id": delivery, "webhook-timestamp": str(at), "webhook-signature": signed}

    return sign


SIGNING: Mapping[str, Callable[[Mapping[str, Any]], Signer | None]] = {
    "telefonie": _telefonie,
    "voipbin": _voipbin,
    "finespeak": _finespeak,
    "sms-voip": _sms_voip,
    "speko": _speko,
}
"""Of each carrier that signs, what makes its signer from its table. Raises CarrierConfigError."""
