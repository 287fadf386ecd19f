"""Which of the engine's voices speaks a language."""

from collections.abc import Mapping


def choose_voice(wanted: str, voices: Mapping[str, str]) -> str | None:
    """The voice for a language tag; None where no voice speaks it.

    Args:
        wanted: A language tag like `en-US`, or a voice's own id.
        voices: Each voice's id, with its language tag.
    """
    tag = wanted.strip().lower().replace("_", "-")
    if tag in voices:
        return tag
    by_language: dict[str, str] = {}
    for voice, language in voices.items():
        by_language.setdefault(language.lower(), voice)
    # The tag itself, then shorter and shorter ones: `de-AT-vienna`, `de-AT`, `de`.
    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        if (exact := by_language.get("-".join(parts[:length]))) is not None:
            return exact
    # `en` and `fr` exist only with a region: take the voice whose id ends in the bare language, or the first that fits.
    bare = next((voice for voice in voices if voice.rpartition("/")[2] == parts[0]), None)
    return bare or next((voice for language, voice in by_language.items() if language.split("-")[0] == parts[0]), None)
