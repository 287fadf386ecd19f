"""The one list of carriers whose webhooks tell of calls and messages beside those of flows, and what reads each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.finespeak import webhooks as finespeak
from flowengine.carriers.finespeak.config import FinespeakConfig
from flowengine.carriers.models import Notice
from flowengine.carriers.registry import read_table
from flowengine.carriers.sms_voip import webhooks as sms_voip
from flowengine.carriers.sms_voip.config import SmsVoipConfig
from flowengine.carriers.speko import webhooks as speko
from flowengine.carriers.speko.config import SpekoConfig
from flowengine.carriers.telefonie import notices as telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.voipbin import notices as voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig

Read = Callable[[Message], Notice | Refused | None]


@dataclass(frozen=True, slots=True)
class Ear:
    """What hears a carrier. `read` verifies a webhook, then reads it; None: it is about a call of a flow, which the
    carrier's adapter takes. `signed` tells whether webhooks are verified."""

    read: Read
    signed: bool


Listen = Callable[[Mapping[str, Any]], Ear]
"""Gives what hears a carrier, from its table in `flowengine.toml`. Raises CarrierConfigError."""


def _finespeak(table: Mapping[str, Any]) -> Ear:
    config = read_table(FinespeakConfig, "finespeak", table)
    return Ear(partial(finespeak.read_notice, config), bool(config.webhook_secret or config.webhook_token))


def _sms_voip(table: Mapping[str, Any]) -> Ear:
    config = read_table(SmsVoipConfig, "sms-voip", table)
    return Ear(partial(sms_voip.read_notice, config), bool(config.webhook_secret))


def _speko(table: Mapping[str, Any]) -> Ear:
    config = read_table(SpekoConfig, "speko", table)
    return Ear(partial(speko.read_notice, config), bool(config.webhook_secret))


def _telefonie(table: Mapping[str, Any]) -> Ear:
    config = read_table(TelefonieConfig, "telefonie", table)
    return Ear(partial(telefonie.read_notice, config), bool(config.secrets))


def _voipbin(table: Mapping[str, Any]) -> Ear:
    config = read_table(VoipbinConfig, "voipbin", table)
    return Ear(partial(voipbin.read_notice, config), config.checks == "required")


LISTENING: Mapping[str, Listen] = {
    "telefonie": _telefonie,
    "voipbin": _voipbin,
    "finespeak": _finespeak,
    "sms-voip": _sms_voip,
    "speko": _speko,
}
