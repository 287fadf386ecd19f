"""Record: what is said, until silence, a key, the longest time, or the end of the call."""

from flowengine.sandbox.documents.program import Goto, HungUp, Program
from flowengine.sandbox.documents.verbs import Record
from flowengine.sandbox.network.audio import beep
from flowengine.sandbox.network.leg import Dictation
from flowengine.sandbox.webhooks import Values


async def record(program: Program, verb: Record) -> Goto | None:
    """Record, and take the recording to the action. Nothing was said: go on with the next verb."""
    program.answer()
    leg = program.leg
    leg.clear_keys()
    if verb.play_beep:
        program.hear("beep", "beep")
        leg.media.play(beep())
    dictation = leg.dictation = Dictation(leg)
    leg.media.tapes.add(dictation.tape)
    try:
        with program.awaiting(
            "record", max_length=verb.max_length, finish_on_key=verb.finish_on_key, timeout=verb.timeout
        ):
            key = await _ending(program, verb, dictation)
    except HungUp:
        # What was said until then is kept, and reported; there is nobody left to go on with.
        if dictation.talked:
            await program.report(await _saved(program, verb, dictation, "hangup"))
        raise
    finally:
        leg.dictation = None
        leg.media.tapes.discard(dictation.tape)
    if not dictation.talked:
        return None
    return await _saved(program, verb, dictation, key)


async def _ending(program: Program, verb: Record, dictation: Dictation) -> str:
    """Wait for the end of the recording; the key that ended it, or empty."""
    leg, clock = program.leg, program.services.clock
    end = dictation.tape.started + verb.max_length
    while True:
        silent_at = dictation.talked_until + verb.timeout
        talked_until = dictation.talked_until
        left = max(0.0, min(silent_at, end) - clock.now())

        def changed(before: float = talked_until) -> bool:
            return bool(leg.keys) or dictation.talked_until > before

        if not await program.until(changed, left):
            return ""
        while leg.keys:
            if (key := leg.take_key()) in verb.finish_on_key:
                return key


async def _saved(program: Program, verb: Record, dictation: Dictation, key: str) -> Goto:
    """Save the recording, its last silence cut off, and say where it is."""
    services, leg = program.services, program.leg
    end = dictation.talked_until if key == "hangup" or not key else services.clock.now()
    started = dictation.tape.started
    seconds = min(verb.max_length, max(end, dictation.talked_until) - started)
    await _speak(program, dictation)
    recording = await services.recordings.save(leg.id, dictation.tape, seconds)
    said: Values = {
        "recording_id": recording.id,
        "recording_url": recording.url,
        "recording_duration": recording.duration,
    }
    finished = {"call_id": leg.id, **said, "recording_status": "completed"}
    services.notify(leg.id, _absolute(program, verb.recording_status_callback), finished)
    if verb.transcribe:
        said |= {"transcription_text": " ".join(dictation.words), "transcription_status": "completed"}
        services.notify(leg.id, _absolute(program, verb.transcribe_callback), {"call_id": leg.id, **said})
    return Goto(program.resolve(verb.action.url), verb.action.method, {**said, "digits": key})


async def _speak(program: Program, dictation: Dictation) -> None:
    """Put the words of somebody without a microphone on the tape as sound, where sound is wanted."""
    text = " ".join(dictation.words)
    if text and program.services.config.audio:
        language = next((piece.language for piece in reversed(program.leg.heard) if piece.language), "en-US")
        clip = await program.services.voice.say(program.leg.id, text, language, "")
        dictation.tape.add(dictation.tape.started, clip.pcm)


def _absolute(program: Program, callback: str) -> str:
    return program.resolve(callback) if callback else ""
