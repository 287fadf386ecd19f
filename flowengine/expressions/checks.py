"""The filters that check what a caller typed."""

from __future__ import annotations

import re
from typing import Any

from flowengine.expressions.scope import Scope

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")


def luhn(_: Scope, value: Any) -> bool:
    """Whether a text of ASCII digits ends in the check digit of ISO/IEC 7812-1, annex B; false for anything else.

    A whole number is taken as its digits.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        return False
    total = 0
    for place, character in enumerate(reversed(text)):
        digit = int(character) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def e164(_: Scope, value: Any) -> bool:
    """Whether a text is a number in the form of ITU-T E.164: `+`, a country code, 15 digits at most."""
    return isinstance(value, str) and _E164.fullmatch(value) is not None
