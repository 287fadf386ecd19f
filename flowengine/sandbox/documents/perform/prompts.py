"""Say, play and pause."""

from collections.abc import Callable

from flowengine.sandbox.documents.program import Program
from flowengine.sandbox.documents.verbs import FOREVER, Pause, Play, Prompt, Say
from flowengine.sandbox.voice import Clip

_KEY_SECONDS = 0.2
_WAIT_SECONDS = 0.5  # A `w` among the digits of a play.


async def prompt(program: Program, verb: Prompt, interrupted: Callable[[], bool] = lambda: False) -> None:
    """Let the phone hear a prompt, until it is over or `interrupted` holds."""
    if isinstance(verb, Pause):
        with program.awaiting("pause", length=verb.length):
            await program.until(interrupted, verb.length)
        return
    clip = await _clip(program, verb)
    pace = program.services.config.pace
    rounds = 0
    with program.awaiting("prompt"):
        while verb.loop == FOREVER or rounds < verb.loop:
            rounds += 1
            _tell(program, verb)
            program.leg.media.play(clip.pcm)
            try:
                # Without pace an endless prompt would be heard endlessly often in no time: once, and then nothing.
                endless = verb.loop == FOREVER and pace == 0
                if await program.until(interrupted, None if endless else clip.seconds * pace):
                    return
            finally:
                program.leg.media.stop()


async def _clip(program: Program, verb: Say | Play) -> Clip:
    voice, call_id = program.services.voice, program.leg.id
    if isinstance(verb, Say):
        return await voice.say(call_id, verb.text, verb.language, verb.voice)
    if verb.digits:
        return Clip(b"", sum(_WAIT_SECONDS if key in "wW" else _KEY_SECONDS for key in verb.digits))
    return await voice.play(call_id, program.resolve(verb.url))


def _tell(program: Program, verb: Say | Play) -> None:
    if isinstance(verb, Say):
        program.hear("say", verb.text, verb.language)
    elif verb.digits:
        program.hear("digits", verb.digits.replace("w", "").replace("W", ""))
    else:
        program.hear("play", program.resolve(verb.url))
