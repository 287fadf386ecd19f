"""Prompts as actions: neighbours that one voice can speak in one breath are one `talk`.

Each action counts towards the carrier's limit, and only `talk` can be interrupted by a key: so a pause between two
sentences becomes a `<break>` of SSML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape

from msgspec import Struct

from flowengine.carriers.telefonie.document import clean
from flowengine.carriers.voipbin.actions import Sheet, milliseconds
from flowengine.core.commands import Answer, Command, Pause, Play, Say, Send

_SPEAK = re.compile(r"\s*<speak\s*>(.*)</speak>\s*", re.DOTALL)
_KEY_MS = 200
_WAIT = 0.5
_SHORT = 2.0


class Talk(Struct, frozen=True):
    """Words of one voice; `ssml` is what they are inside `<speak>`, where plain `text` does not do."""

    text: str
    ssml: str
    language: str
    voice: str | None
    plain: bool


class Audio(Struct, frozen=True):
    """Sound files, one after the other."""

    urls: tuple[str, ...]


class Quiet(Struct, frozen=True):
    """Silence of so many seconds."""

    seconds: float


class Tones(Struct, frozen=True):
    """DTMF into the call."""

    digits: str


class Pickup(Struct, frozen=True):
    """The call is answered."""


Piece = Talk | Audio | Quiet | Tones | Pickup


def pieces(commands: Sequence[Command], media: str) -> list[Piece]:
    """What there is to do, with neighbours joined; `media` is the URL that the project's audio files are below."""
    found: list[Piece] = []
    for command in commands:
        for piece in _pieces(command, media):
            before = found[-1] if found else None
            joined = None if before is None else _join(before, piece)
            if joined is None:
                found.append(piece)
            else:
                found[-1] = joined
    # A pause at the end belongs to nothing that is spoken after it; it is silence of its own.
    return found


def _pieces(command: Command, media: str) -> list[Piece]:
    match command:
        case Answer():
            return [Pickup()]
        case Say():
            return [_talk(command)]
        case Play(source=source, loop=loop):
            url = source if source.startswith(("http://", "https://")) else media + quote(source)
            return [Audio((url,) * loop)]
        case Pause(seconds=seconds):
            return [Quiet(seconds)]
        case Send(digits=digits):
            return [Quiet(_WAIT * len(part)) if part[0] in "wW" else Tones(part) for part in _SENT.findall(digits)]


_SENT = re.compile(r"[wW]+|[^wW]+")


def _talk(say: Say) -> Talk:
    text = clean(say.text)
    if not say.ssml:
        return Talk(" ".join([text] * say.loop), " ".join([escape(text)] * say.loop), say.language, say.voice, True)
    inside = _SPEAK.fullmatch(text)
    # A <speak> with attributes of its own is handed on as it is, and joined with nothing.
    ssml = " ".join([inside[1]] * say.loop) if inside else ""
    return Talk(text, ssml, say.language, say.voice, False)


def _join(before: Piece, piece: Piece) -> Piece | None:
    if isinstance(before, Audio) and isinstance(piece, Audio):
        return Audio(before.urls + piece.urls)
    if isinstance(before, Quiet) and isinstance(piece, Quiet):
        return Quiet(before.seconds + piece.seconds)
    if not isinstance(before, Talk) or not before.ssml:
        return None
    if isinstance(piece, Quiet):
        pause = f'<break time="{milliseconds(piece.seconds)}ms"/>'
        return Talk("", f"{before.ssml} {pause}", before.language, before.voice, False)
    if isinstance(piece, Talk) and piece.ssml and (piece.language, piece.voice) == (before.language, before.voice):
        plain = before.plain and piece.plain
        return Talk(
            f"{before.text} {piece.text}" if plain else "",
            f"{before.ssml} {piece.ssml}",
            before.language,
            before.voice,
            plain,
        )
    return None


def write(sheet: Sheet, found: Sequence[Piece], provider: str = "") -> None:
    """Write the pieces; no key interrupts them."""
    for piece in found:
        _write(sheet, piece, provider, interrupted=False)


def write_interruptible(sheet: Sheet, found: Sequence[Piece], done: str, provider: str = "", *, guard: bool) -> None:
    """Write the pieces so that a key ends them and the call goes on at `done`.

    Between two pieces it is looked whether a key was pressed: the carrier's `talk` ends at a key, but what follows it
    does not know. With `guard`, keys may already wait before the first.
    """
    heard = False
    for piece in found:
        if isinstance(piece, Pickup):
            _write(sheet, piece, provider, interrupted=False)
            continue
        if heard or guard:
            sheet.only_if("", done)
        _write(sheet, piece, provider, interrupted=True)
        heard = True


def _write(sheet: Sheet, piece: Piece, provider: str, *, interrupted: bool) -> None:
    match piece:
        case Pickup():
            sheet.add("answer")
        case Talk():
            option: dict[str, str] = {}
            if piece.voice is not None:
                option["voice_id"] = piece.voice
            if provider:
                option["provider"] = provider
            if interrupted:
                option["digits_handle"] = "next"
            sheet.say(_spoken(piece), piece.language, **option)
        case Audio(urls=urls):
            sheet.add("play", stream_urls=list(urls))
        case Quiet(seconds=seconds) if interrupted and seconds > _SHORT:
            # Only this waits and ends at a key; a short silence need not.
            sheet.add("digits_receive", duration=milliseconds(seconds), key="", length=1)
        case Quiet(seconds=seconds):
            sheet.sleep(seconds)
        case Tones(digits=digits):
            sheet.add("digits_send", digits=digits, duration=_KEY_MS, interval=_KEY_MS)


def _spoken(talk: Talk) -> str:
    if talk.plain or not talk.ssml:
        return talk.text
    return f"<speak>{talk.ssml}</speak>"
