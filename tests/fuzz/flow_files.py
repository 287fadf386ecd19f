"""One flow file as bytes through all of the compiler: read from the disk, checked, shown, laid out again."""

from __future__ import annotations

from pathlib import Path

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import build
from flowengine.core.graph import Program
from flowengine.diagnostics.render import RENDERERS, Style
from flowengine.diagnostics.sources import Sources
from flowengine.language.fmt import format_flow
from tests.language.test_bounds import check_places

CONFIG = """
[numbers]
"+15551230000" = "a"

[http]
allow = ["crm.example"]

[transfer]
allow = ["+1555*"]

[calendars.office]
hours = { mon-fri = "09:00-17:30" }
"""
SHOWN = 20
"""How many findings of a file are shown in each format: what one looks like does not hang on the others."""


def project(root: Path) -> Path:
    """A project that the files are put into, one after the other."""
    (root / "flows").mkdir(parents=True)
    (root / "flowengine.toml").write_text(CONFIG)
    return root


def check(root: Path, data: bytes) -> None:
    """Whatever the bytes are, they are a program or findings, each at its place; and a flow keeps its layout.

    Raises:
        AssertionError: they are neither.
    """
    file = root / "flows" / "a.flow"
    file.write_bytes(data)
    built = build(root, abilities())
    found = [finding for finding in built.diagnostics if finding.span.file == "flows/a.flow"]
    text = built.sources.flows.get("flows/a.flow")
    assert isinstance(built.program, Program) or any(finding.is_error for finding in built.diagnostics)
    if text is None:
        assert found
        return
    check_places(text, tuple(found))
    sources = Sources(built.sources.texts)
    for renderer in RENDERERS:
        assert renderer.render(found[:SHOWN], sources, Style(colour=False, width=120)) or not found
    if built.program is not None:
        laid_out = format_flow(text, "a.flow").text
        assert format_flow(laid_out, "a.flow").text == laid_out
