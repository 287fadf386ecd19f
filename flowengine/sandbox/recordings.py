"""Recordings: real WAV files in a folder, a bounded number of them."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flowengine.sandbox.clock import Clock
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.ids import Ids
from flowengine.sandbox.network.audio import Tape


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: `seconds` of sound in the file `path`, to be had at `url`."""

    id: str
    call_id: str
    seconds: float
    path: Path
    url: str
    created: datetime

    @property
    def duration(self) -> int:
        """Its length as carriers give it, in whole seconds."""
        return round(self.seconds)


class Recordings:
    """The store. `base_url` is set when the server that offers the files knows its address."""

    def __init__(self, folder: Path, ids: Ids, clock: Clock, bulletin: Bulletin, keep: int) -> None:
        self.base_url = ""
        self._folder = folder
        self._ids = ids
        self._clock = clock
        self._bulletin = bulletin
        self._keep = keep
        self._recordings: OrderedDict[str, Recording] = OrderedDict()

    async def save(self, call_id: str, tape: Tape, seconds: float) -> Recording:
        """Write the first `seconds` of a tape to a file."""
        recording_id = self._ids("RE")
        path = self._folder / f"{recording_id}.wav"
        url = f"{self.base_url}/recordings/{recording_id}.wav"
        recording = Recording(recording_id, call_id, seconds, path, url, self._clock.wall())
        await asyncio.to_thread(tape.write_wav, path, seconds)
        self._recordings[recording_id] = recording
        while len(self._recordings) > self._keep:
            _, oldest = self._recordings.popitem(last=False)
            oldest.path.unlink(missing_ok=True)
        self._bulletin.tell("recording", call_id, f"recorded {recording.duration} s", url=url, seconds=seconds)
        return recording

    def all(self) -> list[Recording]:
        """All recordings, the newest first."""
        return list(reversed(self._recordings.values()))

    def delete(self, recording_id: str) -> bool:
        """Delete a recording and its file; False where there is none."""
        recording = self._recordings.pop(recording_id, None)
        if recording is not None:
            recording.path.unlink(missing_ok=True)
        return recording is not None

    def get(self, recording_id: str) -> Recording | None:
        """The recording with this id."""
        return self._recordings.get(recording_id)
