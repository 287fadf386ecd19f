"""The flows, scripts and project files in the documents are right: they are read, built, and found without a fault."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from flowengine.compiler.build import build
from flowengine.language.parser import parse_flow
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import simulate
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


def project(page: Path, folder: Path) -> Path:
    """The project that a page ends with: one that shows a flow several times builds it up, and the last counts."""
    (folder / "flows").mkdir()
    for block in blocks(page, "flow"):
        if name := FLOW.match(block):
            (folder / "flows" / f"{name[1]}.flow").write_text(block, "utf-8")
    for number, block in enumerate(blocks(page, "call")):
        (folder / f"{number}.call").write_text(block, "utf-8")
    projects = [block for block in blocks(page, "toml") if "[transfer]" in block]
    (folder / "flowengine.toml").write_text([ALLOWED, *projects][-1], "utf-8")
    return folder


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_scripts_of_a_page_pass(page: str, tmp_path: Path) -> None:
    scripts = read_scripts(build(project(ROOT / page, tmp_path)))
    assert scripts.diagnostics == ()
    assert scripts.program is not None
    failures = [simulate(case, scripts.program).failure for case in scripts.cases]
    assert failures
    assert set(failures) == {None}


def test_the_terminal_picture_of_the_readme(tmp_path: Path) -> None:
    [picture] = [block for block in blocks(ROOT / "README.md", "text") if block.startswith("$ flowengine call")]
    typed = "wait\n0\nbusy\n"
    call = subprocess.run(
        [str(Path(sys.executable).with_name("flowengine")), "call", "reception"],
        cwd=project(ROOT / "README.md", tmp_path),
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    # A terminal shows the seconds left and what is typed; without one, the command writes what the caller did.
    pictured = [line for line in picture.splitlines()[1:] if not re.match(r" *[0-9]+ >", line)]
    assert [line for line in call.stdout.splitlines() if not line.startswith("caller")] == pictured
