"""Which voice speaks a language."""

import pytest

from flowengine.speech.voices import choose_voice

VOICES = {
    "gmw/af": "af",
    "gmw/de": "de",
    "gmw/en-029": "en-029",
    "gmw/en": "en-gb",
    "gmw/en-us": "en-us",
    "roa/fr-be": "fr-be",
    "roa/fr": "fr-fr",
    "roa/pt-br": "pt-br",
}


@pytest.mark.parametrize(
    ("wanted", "voice"),
    [
        ("en-US", "gmw/en-us"),
        ("en_US", "gmw/en-us"),
        ("en-GB", "gmw/en"),
        ("en-AU", "gmw/en"),
        ("en", "gmw/en"),
        ("de-AT", "gmw/de"),
        ("fr-CA", "roa/fr"),
        ("pt", "roa/pt-br"),
        ("roa/fr-be", "roa/fr-be"),
        ("tlh", None),
    ],
)
def test_choose_voice(wanted: str, voice: str | None) -> None:
    assert choose_voice(wanted, VOICES) == voice
