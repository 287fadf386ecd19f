"""The documents: links that lead somewhere, commands that exist."""

import itertools
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from flowengine.cli.main import COMMANDS
from tests.house.project import ROOT, pages

MARKDOWN = MarkdownIt("commonmark").enable("table")
MAKE = re.compile(r"^\s*(?:\$ )?make ([a-z-]+)", re.MULTILINE)
COMMAND = re.compile(r"^(?:\$ )?flowengine ([a-z]+)|`flowengine ([a-z]+)", re.MULTILINE)
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
PUNCTUATION = re.compile(r"[^\w\- ]")


def links(page: Path) -> list[str]:
    """The targets of all links and images of a page."""
    found: list[str] = []
    for block in MARKDOWN.parse(page.read_text("utf-8")):
        for token in block.children or []:
            target = token.attrs.get("href") or token.attrs.get("src")
            if target is not None:
                found.append(str(target))
    return found


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as the usual Markdown hosts make them."""
    tokens = MARKDOWN.parse(page.read_text("utf-8"))
    headings = [after.content for before, after in itertools.pairwise(tokens) if before.type == "heading_open"]
    return {PUNCTUATION.sub("", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken: list[str] = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_make_commands_exist(page: Path) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
    code = "\n".join(token.content for token in MARKDOWN.parse(page.read_text("utf-8")) if token.type == "fence")
    assert set(MAKE.findall(code)) <= targets


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    named = {match[1] or match[2] for match in COMMAND.finditer(page.read_text("utf-8"))}
    assert named <= set(COMMANDS)


def test_the_readme_gives_the_two_commands() -> None:
    assert {"run", "test"} <= set(MAKE.findall((ROOT / "README.md").read_text("utf-8")))


def test_every_document_is_reached_from_the_index() -> None:
    docs = ROOT / "docs"
    reached: set[Path] = set()
    waiting = [docs / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = ((page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link)
        waiting += [target for target in targets if target.suffix == ".md" and target.is_file()]
    assert [str(page.relative_to(ROOT)) for page in docs.rglob("*.md") if page not in reached] == []
