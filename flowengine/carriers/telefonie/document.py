"""A control document before it is written down: elements with attributes, a text and children.

The format of Telefonie's document is not documented. Ours is TwiML-compatible XML, with a JSON form of the same beside
it; names here are those of TwiML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

from msgspec import Struct

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped: control characters, lone surrogates and the two noncharacters."""


class Element(Struct, frozen=True, gc=False):
    """One element. `markup`: the text is SSML, `<speak>…</speak>`, to be written as it is.

    `links` are attributes too, written after the others: those that no other call has, so that what is the same for
    all calls can be written down once.
    """

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple[Element, ...] = ()
    markup: bool = False
    links: tuple[tuple[str, str], ...] = ()


Document = Sequence[Element]


def clean(text: str) -> str:
    """The text without what XML cannot hold; most texts have nothing of it, and are given back as they are."""
    return ILLEGAL.sub("", text) if not text.isprintable() else text


def flag(value: bool) -> str:
    """A truth value as an attribute has it."""
    return "true" if value else "false"


def whole(seconds: float) -> str:
    """A time as an attribute has it: whole seconds, at least one, rounded up so that nobody is cut short."""
    return str(max(1, ceil(seconds)))
