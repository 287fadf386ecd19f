"""The page of each code: what a finding means, a text that has it, and the same text without it.

A page is a Markdown file `pages/CODE.md`:

    # FE101: A tab in the indentation
    severity: error

    What it means, and why it matters.

    ## Wrong
    ```flow
    ...
    ```
    ## Right
    ```flow
    ...
    ```

The blocks of a section together are a small project: `flow` and `call` blocks are files of it, a `toml` block is its
`flowengine.toml`, a `po` block the catalogue of the language in its header. Words may stand between them. A file in
another encoding than UTF-8 begins with ```flow latin-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from flowengine.diagnostics.model import Severity

_CODE = re.compile(r"FE[1-9][0-9]{2}")
_TITLE = re.compile(rf"# ({_CODE.pattern}): (\S.*)")
_SEVERITY = re.compile(r"severity: (error|warning)")
_FENCE = re.compile(r"```(?:(\w*)(?: (latin-1|utf-8))?)")
_FLOW_NAME = re.compile(r"^\s*flow[ \t]+([A-Za-z_][A-Za-z0-9_]*)", re.MULTILINE)
_CATALOGUE = re.compile(r'"Language: ([A-Za-z_-]+)')
_LANGUAGES = ("flow", "call", "toml", "po")


class PageError(ValueError):
    """A page that is not in the form above; the message names the page and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: its language (`flow`, `call`, `toml` or `po`) and its text, with a line end at its end.

    `encoding` is that of the file which the block shows: a page about files that are not UTF-8 has to show one.
    """

    language: str
    text: str
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Example:
    """A small project, as the blocks of a section in the order of the page."""

    blocks: tuple[Block, ...]

    def files(self) -> dict[str, bytes]:
        """The files of the project by name: a flow is named by its `flow NAME`, which may also be broken."""
        named: dict[str, bytes] = {}
        for block in self.blocks:
            name = _file_name(block)
            copy = 2
            while name in named:
                stem, _, ending = _file_name(block).rpartition(".")
                name = f"{stem}_{copy}.{ending}"
                copy += 1
            named[name] = block.text.encode(block.encoding)
        return named


@dataclass(frozen=True, slots=True)
class Page:
    """What `flowengine explain CODE` shows."""

    code: str
    title: str
    severity: Severity
    text: str
    wrong: Example
    right: Example
    markdown: str


class Pages(Mapping[str, Page]):
    """The pages of a folder by their code, each read when it is first asked for."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._codes: tuple[str, ...] | None = None
        self._read: dict[str, Page] = {}

    def __getitem__(self, code: str) -> Page:
        """The page of `code`.

        Raises:
            KeyError: there is no page of that code.
            PageError: the page is malformed.
        """
        if code not in self._read:
            if code not in self._list():
                raise KeyError(code)
            self._read[code] = parse_page(code, (self._folder / f"{code}.md").read_text("utf-8"))
        return self._read[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())

    def _list(self) -> tuple[str, ...]:
        if self._codes is None:
            names = (entry.name for entry in self._folder.iterdir())
            self._codes = tuple(sorted(name.removesuffix(".md") for name in names if name.endswith(".md")))
        return self._codes


def parse_page(code: str, markdown: str) -> Page:
    """Read a page.

    Raises:
        PageError: it lacks a part, holds an unknown one, or is about another code than `code`.
    """
    # Not splitlines: an example may hold a form feed or a U+2028 on purpose.
    lines = markdown.split("\n")
    title = _TITLE.fullmatch(lines[0]) if lines else None
    if title is None:
        raise PageError(f"{code}: a page begins with a line such as `# FE101: A tab in the indentation`")
    if title[1] != code:
        raise PageError(f"{code}: the page of {code} is headed {title[1]}")
    severity = _SEVERITY.fullmatch(lines[1]) if len(lines) > 1 else None
    if severity is None:
        raise PageError(f"{code}: the second line says `severity: error` or `severity: warning`")

    sections = _sections(code, lines[2:])
    text = "\n".join(sections.pop("", [])).strip()
    if not text:
        raise PageError(f"{code}: nothing explains what the finding means")
    if list(sections) != ["Wrong", "Right"]:
        raise PageError(f"{code}: the sections are `## Wrong` and `## Right`, not {', '.join(sections) or 'none'}")
    wrong, right = (Example(_blocks(code, name, lines)) for name, lines in sections.items())
    return Page(code, title[2].strip(), Severity(severity[1]), text, wrong, right, markdown)


def _sections(code: str, lines: list[str]) -> dict[str, list[str]]:
    """The lines of each section by its heading; those before the first heading under the empty one."""
    sections: dict[str, list[str]] = {"": []}
    heading = ""
    fenced = False
    for line in lines:
        if line.startswith("```"):
            fenced = not fenced
        if line.startswith("## ") and not fenced:
            heading = line.removeprefix("## ").strip()
            if heading in sections:
                raise PageError(f"{code}: the section `## {heading}` stands twice")
            sections[heading] = []
        else:
            sections[heading].append(line)
    if fenced:
        raise PageError(f"{code}: a fenced block is not closed")
    return sections


def _blocks(code: str, heading: str, lines: list[str]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    language: str | None = None
    encoding = "utf-8"
    text: list[str] = []
    for line in lines:
        fence = _FENCE.fullmatch(line.rstrip())
        if fence is None:
            text.append(line)
        elif language is None:
            language, encoding, text = fence[1], fence[2] or "utf-8", []
            if language not in _LANGUAGES:
                raise PageError(f"{code}: a block of `## {heading}` is one of {', '.join(_LANGUAGES)}")
        else:
            blocks.append(Block(language, "".join(f"{row}\n" for row in text), encoding))
            language = None
    if not blocks:
        raise PageError(f"{code}: `## {heading}` shows no example")
    return tuple(blocks)


def _file_name(block: Block) -> str:
    if block.language == "toml":
        return "flowengine.toml"
    if block.language == "call":
        return "example.call"
    if block.language == "po":
        language = _CATALOGUE.search(block.text)
        return f"locale/{language[1] if language else 'de'}/LC_MESSAGES/flows.po"
    name = _FLOW_NAME.search(block.text)
    return f"flows/{name[1] if name else 'example'}.flow"


CODES: Mapping[str, Page] = Pages(resources.files("flowengine.diagnostics") / "pages")
