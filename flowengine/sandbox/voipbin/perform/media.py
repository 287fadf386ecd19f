"""What the caller hears, presses and says."""

import html
import re
from collections.abc import Mapping
from typing import Any

from flowengine.sandbox.documents import verbs
from flowengine.sandbox.documents.perform.prompts import prompt
from flowengine.sandbox.voipbin.activeflow import Activeflow, Finished
from flowengine.sandbox.voipbin.calls import VoipbinCall
from flowengine.sandbox.voipbin.names import NIL
from flowengine.sandbox.voipbin.recorder import Recorder

Option = Mapping[str, Any]

_BREAK = re.compile(r"<break[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_REASONS = frozenset({"normal", "failed", "busy", "cancel", "timeout", "noanswer", "dialout", "amd"})


def _call(flow: Activeflow) -> VoipbinCall:
    if flow.call is None:
        raise Finished
    return flow.call


def _seconds(option: Option, name: str = "duration") -> float:
    value = option.get(name)
    return max(0.0, value / 1000) if isinstance(value, int | float) else 0.0


async def answer(flow: Activeflow, _option: Option) -> None:
    """Answer the call that came in."""
    flow.live().answer()


async def hang_up(flow: Activeflow, option: Option) -> None:
    """End the call, for a reason of its own or another call's."""
    reason = str(option.get("reason") or "normal")
    other = flow.carrier.calls.get(str(option.get("reference_id", "")))
    if other is not None and other.leg.is_over:
        reason = other.view()["hangup_reason"]
    _call(flow).hang_up(reason if reason in _REASONS else "normal")
    raise Finished


async def talk(flow: Activeflow, option: Option) -> None:
    """Speak. A key ends it only with `digits_handle` `next`, and then is all that the variable holds."""
    program, call = flow.live(), _call(flow)
    text = spoken(str(option.get("text", "")))
    language = str(option.get("language") or "en-US")
    said = verbs.Say(text, language, str(option.get("voice_id") or ""), 1)
    if option.get("async"):
        clip = await flow.carrier.services.voice.say(call.leg.id, said.text, said.language, said.voice)
        program.hear("say", said.text, said.language)
        call.leg.media.play(clip.pcm)
        return
    if option.get("digits_handle") != "next":
        await prompt(program, said)
        return
    call.gather_keys()
    await prompt(program, said, lambda: bool(call.leg.keys))
    if call.leg.keys:
        call.digits = ""
        call.gather_keys()


def spoken(text: str) -> str:
    """What is heard of a text, which may be SSML."""
    if not text.lstrip().startswith("<speak"):
        return text
    return " ".join(html.unescape(_TAG.sub("", _BREAK.sub(" ", text))).split())


async def play(flow: Activeflow, option: Option) -> None:
    """Play sound files, one after the other; no key ends them."""
    for url in option.get("stream_urls") or []:
        await prompt(flow.live(), verbs.Play(str(url), "", 1))


async def beep(flow: Activeflow, _option: Option) -> None:
    """A tone."""
    flow.live().hear("beep", "beep")


async def sleep(flow: Activeflow, option: Option) -> None:
    """Nothing, for a while."""
    await prompt(flow.live(), verbs.Pause(_seconds(option)))


async def send_digits(flow: Activeflow, option: Option) -> None:
    """Play keys into the call."""
    await prompt(flow.live(), verbs.Play("", str(option.get("digits", "")), 1))


async def receive_digits(flow: Activeflow, option: Option) -> None:
    """Wait until the variable holds enough keys, or one of those that end it. Keys from before count."""
    program, call = flow.live(), _call(flow)
    key, length = str(option.get("key") or ""), option.get("length") or 0
    deadline = program.services.clock.now() + _seconds(option)

    def enough() -> bool:
        call.gather_keys()
        typed = call.digits
        return bool((length and len(typed) >= length) or (key and any(one in key for one in typed)))

    kind = "record" if call.recorder is not None else "gather"
    with program.awaiting(kind, input="dtmf", num_digits=length or None, finish_on_key=key):
        await program.until(enough, max(0.0, deadline - program.services.clock.now()))


async def detect_machine(flow: Activeflow, option: Option) -> None:
    """Find out whether a machine has answered; it may be hung up."""
    call = _call(flow)
    if call.leg.answered_by == "machine" and option.get("machine_handle") == "hangup":
        call.hang_up("amd")
        raise Finished


async def start_recording(flow: Activeflow, option: Option) -> None:
    """Begin a recording, which goes on beside the flow; of a call that is not answered, or has one, nothing happens."""
    call = _call(flow)
    if call.recorder is not None or not call.leg.is_answered:
        flow.tell("no recording: the call has one, or is not answered")
        return
    recorder = Recorder(
        call,
        silence=float(option.get("end_of_silence") or 0),
        key=str(option.get("end_of_key") or "none"),
        longest=float(option.get("duration") or 0),
        on_end=str(option.get("on_end_flow_id") or NIL),
    )
    if option.get("beep_start"):
        recorder.beep()


async def stop_recording(flow: Activeflow, _option: Option) -> None:
    """End the recording."""
    call = _call(flow)
    if call.recorder is not None:
        call.recorder.stop()


async def start_transcription(flow: Activeflow, option: Option) -> None:
    """Transcribe what is said: the text is told by events, and comes back to no flow."""
    flow.carrier.transcribe("call", _call(flow).id, str(option.get("language") or "en-US"), option, flow)
