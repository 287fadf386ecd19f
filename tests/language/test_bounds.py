"""Whatever a text is, reading it ends soon and in findings that point into it; nothing is raised."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from flowengine.diagnostics import Diagnostic
from flowengine.language.calls import parse_calls
from flowengine.language.fmt import format_flow
from flowengine.language.parser import parse_flow

ROOT = Path(__file__).resolve().parents[2]
FLOWS = [path.read_text("utf-8") for path in sorted((ROOT / "examples").rglob("*.flow"))]
CALLS = [path.read_text("utf-8") for path in sorted((ROOT / "examples").rglob("*.call"))]
SNIPPETS = (
    *"\"'#()[]{}:,|=.\\\n\t -~",
    '"""',
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "->",
    "..",
    "if ",
    "else:",
    "when ",
    "set x = ",
    "flow ",
    'call "',
    "\n    ",
    "\n\n",
    "\ufeff",
    "\0",
    "\u202e",
    "\ud800",
    "\u2028",
    "٣",
    "é",
    "5sec",
    "not in ",
)


def check_places(text: str, findings: tuple[Diagnostic, ...]) -> None:
    """Each finding stands in the text, or directly behind its end."""
    rows = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for finding in findings:
        span = finding.span
        assert 1 <= span.line <= span.end_line <= len(rows), finding
        assert 1 <= span.column <= len(rows[span.line - 1]) + 1, finding
        assert 1 <= span.end_column <= len(rows[span.end_line - 1]) + 2, finding
        assert (span.line, span.column) <= (span.end_line, span.end_column), finding
        assert finding.message


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((0, 0, 1, 1, 3, 20, 200)))
        put = chance.choice((*SNIPPETS, "", "", text[end : end + 40]))
        text = text[:start] + put + text[end:]
    return text


@pytest.mark.parametrize("seed", range(20))
def test_broken_flows(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        text = mutated(chance.choice(FLOWS), chance)
        result = parse_flow(text, "a.flow")
        check_places(text, result.diagnostics)
        assert result.flow is None or result.flow.complete == (not result.diagnostics)
        if not result.diagnostics:
            formatted = format_flow(text, "a.flow").text
            assert format_flow(formatted, "a.flow").text == formatted


@pytest.mark.parametrize("seed", range(5))
def test_broken_scripts(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        text = mutated(chance.choice(CALLS), chance)
        check_places(text, parse_calls(text, "a.call").diagnostics)


@pytest.mark.parametrize("seed", range(5))
def test_noise(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        text = "flow a\n\ns:\n    " + "".join(chance.choice(SNIPPETS) for _ in range(chance.randint(1, 40)))
        check_places(text, parse_flow(text, "a.flow").diagnostics)
        check_places(text, parse_calls(text, "a.call").diagnostics)


def calls_made(action: Callable[[], object]) -> int:
    """How many Python functions an action calls: a measure of work on which the clock of a busy machine has no say."""
    count = 0

    def on_event(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


ATTACKS = {
    "quotes": lambda size: 's:\n    say "' + '"' * size,
    "long quotes": lambda size: 's:\n    say """' + '"""' * size,
    "escapes": lambda size: 's:\n    say "' + "\\" * size,
    "open holes": lambda size: 's:\n    say "' + "{{" * size,
    "open holes in closed texts": lambda size: "s:\n" + '    say "{{"\n' * (size // 10),
    "holes": lambda size: 's:\n    say "' + "{{a}}" * (size // 5) + '"',
    "tags": lambda size: 's:\n    say "' + "{%if a%}" * (size // 8) + '"',
    "notes": lambda size: 's:\n    say "' + "{#" * size,
    "brackets": lambda size: "s:\n    set a = " + "[" * size,
    "open brackets in lines": lambda size: "s:\n" + "    set a = [\n" * (size // 14),
    "closing brackets": lambda size: "s:\n    set a = " + ")" * size,
    "operators": lambda size: "s:\n    set a = 1" + "+1" * size,
    "signs": lambda size: "s:\n    set a = " + "-" * size,
    "nots": lambda size: "s:\n    set a = " + "not " * size,
    "attributes": lambda size: "s:\n    set a = a" + ".a" * size,
    "arguments": lambda size: "s:\n    say" + " 1" * size,
    "digits": lambda size: "s:\n    say " + "1" * size,
    "names": lambda size: "s:\n    say " + "a" * size,
    "blocks": lambda size: "s:\n" + "".join(" " * (n + 1) + "if a:\n" for n in range(min(size, 1000))),
    "steps": lambda size: "s:\n    x\n" * (size // 8),
    "wrong lines": lambda size: "s:\n" + "    set a = = 1\n" * (size // 16),
    "wrong columns": lambda size: "+\n" * size,
    "blank lines": lambda size: "s:\n" + "\n" * size + "    x\n",
    "comments": lambda size: "s:\n" + "    # c\n" * (size // 8) + "    x\n",
    "tabs": lambda size: "s:\n" + "\tx\n" * (size // 4),
    "controls": lambda size: "s:\n    " + "\0" * size,
    "long mistakes": lambda size: "s:\n" + ("    set x = " + "ab" * 4000 + " y\n") * (size // 8000),
    "long rows": lambda size: "s:\n" + ("    say " + "1" * 4000 + "\n") * (size // 4000),
    "elses": lambda size: "s:\n    if a -> b\n" + "    elif a -> b\n" * (size // 16),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_work_grows_with_the_text_only(name: str) -> None:
    """Four times the text is about four times the work, or is refused earlier; never sixteen times."""
    made = ATTACKS[name]
    parse_flow("flow a\n\ns:\n    x\n", "a.flow")
    small, large = (
        calls_made(lambda size=size: parse_flow(f"flow a\n\n{made(size)}\n", "a.flow"))  # type: ignore[misc, no-untyped-call]
        for size in (4000, 16000)
    )
    assert large < 6 * small + 20_000


@pytest.mark.parametrize("opening", ['say "', 'say """', "say ", "set a = [", 'say "{{', "# "])
def test_a_line_of_ten_megabytes_is_refused_at_once(opening: str) -> None:
    text = f"flow a\n\ns:\n    {opening}" + "a(" * 5_000_000
    found: list[Diagnostic] = []
    assert calls_made(lambda: found.extend(parse_flow(text, "a.flow").diagnostics)) < 1000
    assert [finding.code for finding in found] == ["FE120"]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("set a = " + "(" * 100 + "1" + ")" * 100, False),
        ("set a = " + "(" * 101 + "1" + ")" * 101, True),
        ("set a = 1" + " + 1" * 200, False),
        ("set a = 1" + " + 1" * 201, True),
        ('say "' + "x" * 19_000 + '"', False),
        ('say "' + "x" * 20_000 + '"', True),
    ],
)
def test_the_bounds(text: str, refused: bool) -> None:
    findings = parse_flow(f"flow a\n\ns:\n    {text}\n    hangup\n", "a.flow").diagnostics
    assert [finding.code for finding in findings] == ["FE120"] * refused


def test_the_depth_of_blocks() -> None:
    def nested(depth: int) -> str:
        return "flow a\n\ns:\n" + "".join(" " * (n + 1) + "if a:\n" for n in range(depth)) + " " * (depth + 1) + "x\n"

    assert parse_flow(nested(48), "a.flow").diagnostics == ()
    assert [finding.code for finding in parse_flow(nested(60), "a.flow").diagnostics] == ["FE120"]
