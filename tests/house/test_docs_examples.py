"""The flows, scripts and project files in the documents are right: they are read, built, and found without a fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flowengine.language.parser import parse_flow
from markdown_it import MarkdownIt

from flowengine.compiler.build import build
from tests.house.project import ROOT, pages

FLOW = re.compile(r"^flow ([A-Za-z_][A-Za-z0-9_]*)")
ALLOWED = '[transfer]\nallow = ["+1555*"]\n'
MADE = {"verbs.md", "findings.md"}
PAGES = [page for page in pages() if page.name not in MADE]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in the order of the page."""
    tokens = MarkdownIt("commonmark").parse(page.read_text("utf-8"))
    return [token.content for token in tokens if token.type == "fence" and token.info == language]


def as_flow(block: str) -> str:
    """A block as a file: a part of a flow, shown by its steps or by its statements, gets what it lacks."""
    if FLOW.match(block):
        return block
    if re.match(r"[a-z_]+:\n", block):
        return f"flow example\n\n{block}"
    return "flow example\n\nstart:\n" + "".join(f"    {line}\n" if line else "\n" for line in block.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_flow_can_be_read(page: Path) -> None:
    found = [finding for block in blocks(page, "flow") for finding in parse_flow(as_flow(block), page.name).diagnostics]
    assert found == []


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_project_that_a_page_ends_with_has_no_errors(page: str, tmp_path: Path) -> None:
    """A page that shows a flow several times builds it up; the last of each name is the one that must be whole."""
    (tmp_path / "flows").mkdir()
    for block in blocks(ROOT / page, "flow"):
        if name := FLOW.match(block):
            (tmp_path / "flows" / f"{name[1]}.flow").write_text(block, "utf-8")
    for number, block in enumerate(blocks(ROOT / page, "call")):
        (tmp_path / f"{number}.call").write_text(block, "utf-8")
    projects = [block for block in blocks(ROOT / page, "toml") if "[transfer]" in block]
    (tmp_path / "flowengine.toml").write_text([ALLOWED, *projects][-1], "utf-8")
    assert [finding for finding in build(tmp_path).diagnostics if finding.is_error] == []
