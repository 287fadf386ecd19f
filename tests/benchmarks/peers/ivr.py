"""The IVR of the benchmark as a Python developer writes it by hand, with Twilio's SDK; nothing survives a restart.

The account number travels in the URL, as it does in most tutorials.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

SECRET = os.environ.get("IVR_SECRET", "")
_validator = RequestValidator(SECRET)


def is_genuine(url: str, fields: Mapping[str, str], signature: str) -> bool:
    """Whether the request carries a valid signature."""
    return bool(_validator.validate(url, dict(fields), signature))


def answer(path: str, query: Mapping[str, str], fields: Mapping[str, str]) -> str:
    """The document for a request to `path`."""
    digits = fields.get("digits", "")
    account = query.get("account", "")
    match path:
        case "/voice":
            return _start()
        case "/menu" if digits == "1":
            return _voicemail()
        case "/menu" if digits == "2":
            return _account()
        case "/account" if len(digits) == 6 and digits.isdigit():
            return _confirm(digits)
        case "/account":
            return _account()
        case "/confirm" if digits == "1":
            return _voicemail()
        case "/confirm" if digits == "2":
            return _account()
        case "/confirm":
            return _confirm(account)
        case "/recorded" if fields.get("recording_url"):
            response = VoiceResponse()
            response.say("Thank you. Goodbye.", language="en-US")
            response.hangup()
            return str(response)
    response = VoiceResponse()
    response.hangup()
    return str(response)


def _start() -> str:
    if not 0 <= datetime.now(UTC).hour < 24:
        return _voicemail()
    response = VoiceResponse()
    response.say("Welcome to Acme.", language="en-US")
    gather = response.gather(input="dtmf", num_digits=1, timeout=5, action="/menu", method="POST")
    gather.say("For sales, press 1. For your account, press 2.", language="en-US")
    return str(response)


def _account() -> str:
    response = VoiceResponse()
    gather = response.gather(input="dtmf", num_digits=6, timeout=5, action="/account", method="POST")
    gather.say("Please enter your six digit account number.", language="en-US")
    return str(response)


def _confirm(account: str) -> str:
    action = f"/confirm?{urlencode({'account': account})}"
    response = VoiceResponse()
    gather = response.gather(input="dtmf", num_digits=1, timeout=5, action=action, method="POST")
    spoken = f"You entered {' '.join(account)}. If that is right, press 1. To enter it again, press 2."
    gather.say(spoken, language="en-US")
    return str(response)


def _voicemail() -> str:
    response = VoiceResponse()
    response.say("Please leave a message after the tone.", language="en-US")
    response.record(max_length=120, action="/recorded", method="POST")
    return str(response)
