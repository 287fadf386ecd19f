"""Speaks texts into WAV files, each text once."""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, Self

from flowengine.speech.wav import write_silence

_log = logging.getLogger("flowengine.speech")

# Part of each cached file's name: raised when the same text would sound different.
_CACHE_VERSION = "1"
_MAX_CHARACTERS = 10_000
_CHARACTERS_PER_SECOND = 14.0


class SpeechError(Exception):
    """A text could not be spoken; the message says why."""


class Speech:
    """Text to speech.

    Files lie in `folder`, named by what was said and how; they are never changed, so they may be kept for ever and
    shared. One text is spoken at a time, in a worker process that is started with the first one and again after it
    died or took longer than `seconds`. Where the `speech` extra is not installed, files are silent, of about the
    length that the text would take; that is logged once.
    """

    def __init__(self, folder: Path, *, seconds: float = 20.0) -> None:
        self._folder = folder
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._worker: asyncio.subprocess.Process | None = None
        self._missing: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def worker_pid(self) -> int | None:
        """The process that speaks, while there is one."""
        return None if self._worker is None else self._worker.pid

    async def synthesize(self, text: str, language: str, voice: str | None = None) -> Path:
        """Speak `text` in a language (`en-US`) or with a named voice of the engine; the WAV file.

        Raises:
            SpeechError: the text is too long, or the engine failed twice.
        """
        if len(text) > _MAX_CHARACTERS:
            raise SpeechError(f"a text of {len(text)} characters; {_MAX_CHARACTERS} can be spoken at once")
        name = hashlib.sha256("\0".join((_CACHE_VERSION, language.lower(), voice or "", text)).encode()).hexdigest()
        path = self._folder / f"{name}.wav"
        if path.is_file():
            return path
        async with self._turn:
            if path.is_file():
                return path
            self._folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
                unfinished = Path(file.name)
            with contextlib.ExitStack() as undo:
                undo.callback(unfinished.unlink, missing_ok=True)
                if not await self._speak(text, language, voice or "", unfinished):
                    path = path.with_suffix(".silent.wav")  # Not to be taken for speech once the extra is there.
                    write_silence(unfinished, 0.3 + len(text) / _CHARACTERS_PER_SECOND)
                os.replace(unfinished, path)  # noqa: PTH105 - a rename within a folder does not block
        return path

    async def close(self) -> None:
        """End the worker."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
        # The transport of a process that was killed is closed by its own end, one turn of the loop later.
        await asyncio.sleep(0)

    async def _speak(self, text: str, language: str, voice: str, path: Path) -> bool:
        """Have the worker speak; False where there is no engine. A worker that dies gets one successor."""
        if not text.strip():
            write_silence(path, 0.1)
            return True
        request = {"text": text, "language": language, "voice": voice, "path": str(path)}
        for last_try in (False, True):
            if self._missing is not None:
                return False
            try:
                answer = await asyncio.wait_for(self._ask(request), self._seconds)
            except (TimeoutError, ConnectionError, EOFError) as error:
                await self.close()
                if last_try:
                    raise SpeechError(f"the speech worker failed: {str(error) or 'it took too long'}") from error
                continue
            except asyncio.CancelledError:
                await self.close()  # Its answer would otherwise be taken for that to the next text.
                raise
            if answer is not None and "error" in answer:
                raise SpeechError(answer["error"])
            return answer is not None
        raise AssertionError("unreachable: the last try returns or raises")

    async def _ask(self, request: dict[str, str]) -> dict[str, Any] | None:
        """One request and its answer; None where there is no engine."""
        if self._worker is None and not await self._start():
            return None
        worker = self._worker
        if worker is None or worker.stdin is None:
            raise EOFError("the worker is gone")
        worker.stdin.write(json.dumps(request).encode() + b"\n")
        await worker.stdin.drain()
        return await self._answer(worker)

    async def _start(self) -> bool:
        self._worker = worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "flowengine.speech.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        ready = await self._answer(worker)
        if "missing" in ready:
            self._missing = str(ready["missing"])
            _log.warning("no speech: %s; install flowengine[speech]. Prompts are silent.", self._missing)
            await self.close()
            return False
        return True

    @staticmethod
    async def _answer(worker: asyncio.subprocess.Process) -> dict[str, Any]:
        if worker.stdout is None:
            raise EOFError("the worker has no output")
        line = await worker.stdout.readline()
        if not line:
            raise EOFError("the worker ended")
        answer: dict[str, Any] = json.loads(line)
        return answer
