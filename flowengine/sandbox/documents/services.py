"""What the verbs of a document need of the carrier around them."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from flowengine.sandbox.clock import Clock
from flowengine.sandbox.config import SandboxConfig
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.conference import Room
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.network.network import PhoneNetwork
from flowengine.sandbox.recordings import Recordings
from flowengine.sandbox.voice import Voice
from flowengine.sandbox.webhooks import Fields, Webhooks


class Dialler(Protocol):
    """Dials for a document, so that the new leg is a call of its own, known to the API."""

    def __call__(self, caller: str, callee: str, timeout: float, *, parent: str, status_callback: str) -> Leg:
        """Ring `callee` for at most `timeout` seconds."""
        ...


@dataclass(frozen=True)
class Services:
    """The carrier, as its documents see it."""

    config: SandboxConfig
    clock: Clock
    bulletin: Bulletin
    network: PhoneNetwork
    webhooks: Webhooks
    voice: Voice
    recordings: Recordings
    dial: Dialler

    def in_background(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        """Do something beside the call that need not wait for it."""
        self.clock.spawn(coroutine, name)

    def notify(self, call_id: str, url: str, fields: Fields) -> None:
        """Tell a webhook something, without waiting; nothing happens when `url` is empty."""
        if url:
            self.in_background(self.webhooks.notify(call_id, url, fields), f"notify {url}")

    def on_room(self, room: Room, callback: str) -> None:
        """Tell a webhook what happens in a conference from now on."""
        if not callback:
            return

        def listener(event: str, leg: Leg | None) -> None:
            fields = {"conference_id": room.id, "friendly_name": room.name, "status": room.state.value, "event": event}
            self.notify(leg.id if leg else "", callback, fields | ({"call_id": leg.id} if leg else {}))

        room.listeners.append(listener)

    def record_room(self, room: Room, recorded: Callable[[str, int], None]) -> None:
        """Record a conference from now to its end; then call `recorded` with the file's URL and length in seconds."""
        if room.tape is not None:
            return
        tape = room.start_tape()

        async def save() -> None:
            while not room.is_over:
                await self.clock.wait(room.changed)
            recording = await self.recordings.save("", tape, self.clock.now() - tape.started)
            recorded(recording.url, recording.duration)

        self.in_background(save(), f"record conference {room.name}")
