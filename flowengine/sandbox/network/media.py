"""The sound of one leg: what its phone hears, what is said into it, and the tapes that run along."""

from array import array

from flowengine.sandbox.clock import Clock
from flowengine.sandbox.network.audio import SAMPLE_BYTES, SAMPLE_RATE, Tape, mix_into, pcm_of, samples_of, seconds_of

# How much of another's speech is kept for a phone that does not listen: longer delays are worse than gaps.
_BACKLOG_BYTES = SAMPLE_RATE * SAMPLE_BYTES // 2
# Frames of a microphone arrive unevenly; as long as they are off by less than these seconds, they follow each other.
_JITTER = 0.2


class Media:
    """A phone pulls what it hears with `listen` and pushes what its microphone picks up with `speak`.

    A phone without sound (a script, an automatic phone) does neither; the call goes the same way without it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._clip = b""
        self._clip_at = 0
        self._spoken_until = 0.0
        self._partners: dict[Media, bytearray] = {}
        self.tapes: set[Tape] = set()
        self.muted = False

    def play(self, pcm: bytes) -> None:
        """Begin to play `pcm` to the phone, in place of what was playing."""
        self._clip, self._clip_at = pcm, 0
        for tape in self.tapes:
            tape.add(self._clock.now(), pcm)

    def stop(self) -> None:
        """Fall silent: the clip ends here."""
        self._clip, self._clip_at = b"", 0

    def join(self, other: "Media") -> None:
        """Let both hear each other."""
        self._partners.setdefault(other, bytearray())
        other._partners.setdefault(self, bytearray())

    def part(self, other: "Media") -> None:
        """The opposite of `join`."""
        self._partners.pop(other, None)
        other._partners.pop(self, None)

    def listen(self, samples: int) -> bytes:
        """The next `samples` samples of what the phone hears: the clip, and everyone it is joined with."""
        size = samples * SAMPLE_BYTES
        piece = self._clip[self._clip_at : self._clip_at + size]
        self._clip_at += len(piece)
        mixed = array("h", bytes(size))
        mix_into(mixed, 0, samples_of(piece))
        for backlog in self._partners.values():
            mix_into(mixed, 0, samples_of(bytes(backlog[:size])))
            del backlog[:size]
        return pcm_of(mixed)

    def speak(self, pcm: bytes) -> None:
        """Take in what the phone's microphone picked up; partners hear it unless this phone is muted."""
        at = self._clock.now()
        if abs(at - self._spoken_until) <= _JITTER:
            at = self._spoken_until
        self._spoken_until = at + seconds_of(pcm)
        for tape in self.tapes:
            tape.add(at, pcm)
        if self.muted:
            return
        for partner in self._partners:
            backlog = partner._partners[self]
            backlog += pcm
            del backlog[: max(0, len(backlog) - _BACKLOG_BYTES)]
            for tape in partner.tapes:
                tape.add(at, pcm)
