"""The process that speaks: one JSON request a line on its input, one JSON answer a line on its output.

A process of its own, because the engine is not safe across threads, hangs after a fork, and ends the process that it
lives in when it does not find its data.
"""

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from flowengine.speech.voices import choose_voice


def _load_engine() -> Any:
    """The engine, with espeak-ng from the `espeakng-loader` wheel where that is installed."""
    try:
        import espeakng_loader
    except ImportError:
        pass  # The system's own espeak-ng then, which knows where its data is.
    else:
        # Without the variable the library ends the process; loaded as global, pyttsx3's own look-up finds it.
        os.environ["ESPEAK_DATA_PATH"] = str(espeakng_loader.get_data_path())
        ctypes.CDLL(str(espeakng_loader.get_library_path()), mode=ctypes.RTLD_GLOBAL)
    import pyttsx3

    engine = pyttsx3.init("espeak")
    # The engine believes itself busy until its first run; a longer first text would return before its file exists.
    engine.proxy.setBusy(False)
    return engine


def _speak(engine: Any, voices: dict[str, str], request: dict[str, str]) -> dict[str, str]:
    voice = choose_voice(request["voice"], voices) if request["voice"] else None
    voice = voice or choose_voice(request["language"], voices) or choose_voice("en", voices)
    if voice is not None:
        engine.setProperty("voice", voice)
    engine.save_to_file(request["text"], request["path"])
    engine.runAndWait()
    if not Path(request["path"]).is_file():
        return {"error": "the engine made no file"}
    return {"voice": voice or ""}


def _serve(answers: TextIO) -> None:
    engine = _load_engine()
    voices = {str(voice.id): str(voice.languages[0]) for voice in engine.getProperty("voices") if voice.languages}
    answers.write('{"ready": true}\n')
    for line in sys.stdin:
        try:
            answer = _speak(engine, voices, json.loads(line))
        except Exception as error:  # Whatever the engine raises, the next text may work.
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


def main() -> None:
    """Serve until the input ends."""
    # The engine prints to standard output; that one is for answers, so its prints go to standard error.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        _serve(answers)
    except ImportError as error:
        answers.write(json.dumps({"missing": str(error)}) + "\n")


if __name__ == "__main__":
    main()
