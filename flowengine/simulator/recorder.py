"""Writes a call down as a script that would pass."""

from __future__ import annotations

from flowengine.core.journal import MASK
from flowengine.core.words import words
from flowengine.simulator.transcript import Request, Said, Transcript

_EXPECTED = frozenset({"transfer", "sms", "conference", "queue", "redirect"})
"""Verbs that a script expects by name: what others notice of the call."""


def quoted(text: str) -> str:
    """The text as a string of a script."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


class Recorder:
    """A script in the making: what was done is told to it, what was heard it reads from the transcript."""

    def __init__(self, name: str, setup: list[str]) -> None:
        self._head = [f"call {quoted(name)}:", *(f"    {line}" for line in setup)]
        self._given: list[str] = []
        self._lines: list[str] = []
        self._read = 0

    def gave(self, line: str) -> None:
        """A `given` line. It is written where the call begins: answers that come later hold there too."""
        if f"    {line}" not in self._given:
            self._given.append(f"    {line}")

    def did(self, line: str, transcript: Transcript) -> None:
        """A line that does something, with what was heard before it. Keys that are not to be kept read `••••`."""
        self._hear(transcript)
        if MASK in line:
            self._lines.append(
                "    # The flow takes this input as sensitive, so it is not kept: write one to run this."
            )
        self._lines.append(f"    {line}")
        self._read = len(transcript.items)

    def text(self, transcript: Transcript, ended: str | None) -> str:
        """The whole script."""
        self._hear(transcript)
        end = ["    expect hangup"] if ended == "flow" else []
        return "\n".join([*self._head, *self._given, *self._lines, *end]) + "\n"

    def _hear(self, transcript: Transcript) -> None:
        for item in transcript.items[self._read :]:
            match item:
                case Said(shown=shown, words=said) if said:
                    # A prompt is heard as whole words; around what is masked, the parts of it are.
                    spoken = shown.removeprefix("[plays ").removesuffix("]") if shown.startswith("[plays ") else shown
                    self._lines += [f"    hear {quoted(part.strip())}" for part in spoken.split(MASK) if words(part)]
                case Request(asked=asked) if asked.verb in _EXPECTED:
                    target = asked.alternatives[0] if asked.alternatives else asked.args[0]
                    self._lines.append(f"    expect {asked.verb} {quoted(str(target))}")
        self._read = len(transcript.items)
