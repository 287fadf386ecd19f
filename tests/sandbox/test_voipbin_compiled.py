"""Flows that VoipBIN keeps and carries out alone: compiled or refused with reasons, and the same call as simulated."""

from pathlib import Path

import pytest

from flowengine.carriers.voipbin.compiled import Compiled, compile_flow
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.compiler.build import Build, build
from flowengine.simulator.project import read_scripts
from flowengine.simulator.script import Case
from tests.sandbox.alone import Alone

HERE = Path(__file__).parents[2]
PROJECTS = [
    HERE / "tests" / "data" / "voipbin_compiled",
    HERE / "flows",
    HERE / "tests" / "data" / "language",
    *sorted(path.parent for path in (HERE / "examples").glob("*/flowengine.toml")),
]
BUILT = [build(root) for root in PROJECTS]
OWN = BUILT[0]


def compiled(built: Build, flow: str) -> Compiled:
    assert built.program is not None
    return compile_flow(built.program, flow, VoipbinConfig(token="t"))


def flows() -> list[tuple[Build, str]]:
    """Every flow that a call can begin with without arguments."""
    return [
        (built, name)
        for built in BUILT
        if built.program is not None
        for name, graph in built.program.flows.items()
        if all(parameter.default is not None for parameter in graph.parameters)
    ]


def cases() -> list[tuple[Build, Case]]:
    """Every script of a flow that can be compiled."""
    able = {(built.sources.root, flow) for built, flow in flows() if not compiled(built, flow).reasons}
    return [
        (built, case)
        for built in BUILT
        for case in read_scripts(built).cases
        if (built.sources.root, case.setup.flow) in able and not case.setup.arguments
    ]


@pytest.mark.parametrize(
    ("built", "flow"), flows(), ids=lambda value: value if isinstance(value, str) else value.sources.root.name
)
def test_a_flow_is_compiled_or_the_lines_that_need_the_server_are_named(built: Build, flow: str) -> None:
    found = compiled(built, flow)
    assert bool(found.actions) != bool(found.reasons)
    for reason in found.reasons:
        assert reason.file in built.sources.texts
        assert 1 <= reason.line <= built.sources.texts[reason.file].count("\n") + 1
        assert reason.text
    ids = {action.id for action in found.actions}
    assert len(ids) == len(found.actions)
    for action in found.actions:
        targets = [action.next_id, *(v for k, v in action.option.items() if k.endswith("target_id"))]
        targets += action.option.get("target_ids", {}).values()
        assert {target for target in targets if target} <= ids


@pytest.mark.parametrize(
    ("built", "case"), cases(), ids=lambda value: value.name if isinstance(value, Case) else value.sources.root.name
)
async def test_a_compiled_flow_gives_the_same_call_as_the_simulator(built: Build, case: Case) -> None:
    assert built.program is not None
    await Alone(case, built.program, compiled(built, case.setup.flow)).run()


def test_there_are_scripts() -> None:
    assert len(cases()) >= 14


COUNTING = """set n = 0
    if n == 0 -> round
    -> bye

round:
    set n = n + 1
    menu tries=1:
        say "{{ n }}"
        when 1 -> round
        when 2
        on failed -> bye"""

REDIRECTED = """menu:
        say "Press 1."
        when 1:
            redirect "https://crm.example/a"
        when 2"""

REASONS = [
    ('gather a digits=4:\n        say "Your number."', "only the server knows what was entered"),
    ('record a:\n        say "Your message."', "only the server finds out that silence has ended a recording"),
    ('fetch a "https://crm.example/a":\n        on failed -> bye', "the server makes the request"),
    ('sms "+15551230000" "a":\n        on failed -> bye', "only the server knows whether a text was sent"),
    ('transfer "+15551230000":\n        on busy:\n            say "Busy."', "what became of a transfer"),
    ('transfer "+15551230000" screen="1"', "only the server knows who has accepted a call"),
    ('conference "a" muted=true', "the server mutes a caller"),
    ('emit "a"', "nobody is told of an `emit`"),
    ('play "a.wav"', "the server gives out the project's audio files"),
    (REDIRECTED, "cannot do `redirect`"),
    ("if now | hour > 3 -> bye", "it reads `now`"),
    ('if call.from == "+15551230000" -> bye', "it reads `call`"),
    ('say "{{ call.from | digits }}"', "what is said depends on who calls"),
    (COUNTING, "more than 500 turns"),
]


@pytest.mark.parametrize(("statement", "reason"), REASONS)
def test_reasons_name_what_needs_the_server(statement: str, reason: str, tmp_path: Path) -> None:
    text = f"flow f:\n    on failed -> bye\n\nstart:\n    {statement}\n    -> bye\n\nbye:\n    hangup\n"
    toml = '[http]\nallow = ["crm.example"]\n[transfer]\nallow = ["+1555*"]\n[sms]\nallow = ["+1555*"]\n'
    (tmp_path / "flows").mkdir()
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "a.wav").write_bytes(b"")
    (tmp_path / "flowengine.toml").write_text(toml, "utf-8")
    (tmp_path / "flows" / "f.flow").write_text(text, "utf-8")
    found = compiled(build(tmp_path), "f")
    assert any(reason in one.text for one in found.reasons), found
