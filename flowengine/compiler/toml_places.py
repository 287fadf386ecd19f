"""Where each key and value of a TOML text stands.

The standard library's reader gives values without places. This scanner gives places without values: it reads only texts
that `tomllib` has accepted, so it need not check anything, and looks no closer than it must.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from flowengine.diagnostics import Span

Path = tuple[str | int, ...]
"""The way to a value: keys of tables, and places in arrays counted from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a text's keys and values, by their path."""

    file: str
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)

    def key(self, path: Path) -> Span:
        """The last key of `path`, or the nearest place around it that is written."""
        return self._nearest(path, self.keys)

    def value(self, path: Path) -> Span:
        """The value at `path`; of a table, its name; else the nearest place around it that is written."""
        return self.values.get(path) or self._nearest(path, {**self.keys, **self.values})

    def _nearest(self, path: Path, spans: dict[Path, Span]) -> Span:
        for end in range(len(path), 0, -1):
            if path[:end] in spans:
                return spans[path[:end]]
        return Span(self.file, 1, 1, 1, 1)


def find_places(text: str, file: str) -> Places:
    """The places in `text`, which `tomllib` has read without an error."""
    scanner = _Scanner(text, file)
    scanner.document()
    return scanner.places


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.at = 0
        self.places = Places(file)
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.line = 0

    # ------------------------------------------------------------------------------------------------------ positions

    def span(self, start: int, end: int) -> Span:
        (line, column), (end_line, end_column) = self._position(start), self._position(end)
        return Span(self.places.file, line, column, end_line, end_column)

    def _position(self, offset: int) -> tuple[int, int]:
        # The places asked for only ever move a little: from the last one, forward or back.
        while self.line + 1 < len(self.starts) and self.starts[self.line + 1] <= offset:
            self.line += 1
        while self.starts[self.line] > offset:
            self.line -= 1
        return self.line + 1, offset - self.starts[self.line] + 1

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    # ---------------------------------------------------------------------------------------------------------- parts

    def document(self) -> None:
        table: Path = ()
        arrays: dict[Path, int] = {}
        self.blank()
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                self.at += 2
                keys = self.keys()
                path = self._inside(keys, arrays)
                arrays[path] = arrays.get(path, -1) + 1
                table = (*path, arrays[path])
                self._note_keys(path, keys)
                self.at += 2
            elif self.text[self.at] == "[":
                self.at += 1
                keys = self.keys()
                table = self._inside(keys, arrays)
                self._note_keys(table, keys)
                self.at += 1
            else:
                self.pair(table)
            self.blank()

    def _inside(self, keys: list[tuple[str, Span]], arrays: dict[Path, int]) -> Path:
        """The path of a table header: a name of an array of tables means its last one."""
        path: Path = ()
        for number, (key, _) in enumerate(keys):
            path = (*path, key)
            if path in arrays and number + 1 < len(keys):
                path = (*path, arrays[path])
        return path

    def _note_keys(self, path: Path, keys: list[tuple[str, Span]]) -> None:
        named = [index for index, part in enumerate(path) if isinstance(part, str)][-len(keys) :]
        for index, (_, span) in zip(named, keys, strict=True):
            self.places.keys.setdefault(path[: index + 1], span)

    def pair(self, table: Path) -> None:
        keys = self.keys()
        path = (*table, *(key for key, _ in keys))
        self._note_keys(path, keys)
        self.at += 1  # the equals sign
        self.blank()
        self.value(path)

    def keys(self) -> list[tuple[str, Span]]:
        """A key with dots, as its parts."""
        keys: list[tuple[str, Span]] = []
        while True:
            self.blank()
            start = self.at
            found = _BARE.match(self.text, start) or _STRING.match(self.text, start)
            if found is None:
                raise AssertionError(f"not TOML at {start}: tomllib has read this text")
            self.at = found.end()
            keys.append((_unquoted(found[0]), self.span(start, self.at)))
            self.blank()
            if self.text[self.at : self.at + 1] != ".":
                return keys
            self.at += 1

    def value(self, path: Path) -> None:
        start = self.at
        if self.text[start] == "[":
            self._array(path)
        elif self.text[start] == "{":
            self._table(path)
        else:
            found = _STRING.match(self.text, start) or _PLAIN.match(self.text, start)
            if found is None:
                raise AssertionError(f"not TOML at {start}: tomllib has read this text")
            self.at = found.end()
        self.places.values[path] = self.span(start, self.at)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self.blank()
        while self.text[self.at] != "]":
            self.value((*path, index))
            index += 1
            self._comma()
        self.at += 1

    def _table(self, path: Path) -> None:
        self.at += 1
        self.blank()
        while self.text[self.at] != "}":
            self.pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self.blank()
        if self.text[self.at] == ",":
            self.at += 1
            self.blank()


def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    # The escapes of a TOML key are JSON's but for `\\U0001F600` and `\\e`, which no key of ours has.
    try:
        return str(json.loads(key)) if key.startswith('"') else key
    except ValueError:
        return key[1:-1]
