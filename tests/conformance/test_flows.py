"""Flows over every carrier: those that run flows give the same call over real HTTP, whatever is repeated or late and
wherever the caller hangs up; the others are refused by name, before any call."""

from pathlib import Path

import pytest

from flowengine.carriers.abilities import CAPABILITIES, abilities
from flowengine.carriers.registry import offers
from flowengine.compiler.build import Build, build
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import play, simulate
from flowengine.simulator.script import Case, Give, HangUp, Hear, Leave, Peer, Press, Speak, Wait
from tests.conformance.lines import LINES, PATIENT, REPEATING

HERE = Path(__file__).parents[2]
PROJECTS = (HERE / "flows", HERE / "examples" / "survey")
FLOW = 'flow hello\n\nstart:\n    say "Hello."\n    hangup\n'
_ACTS = Press | Speak | Wait | Leave | Peer | Hear


def cases() -> list[tuple[Build, Case]]:
    return [(built, case) for root in PROJECTS for built in [build(root)] for case in read_scripts(built).cases]


def title(value: object) -> str:
    return (
        value.name if isinstance(value, Case) else value.sources.root.name if isinstance(value, Build) else str(value)
    )


def test_every_carrier_that_runs_flows_is_tried() -> None:
    assert set(LINES) == set(PATIENT) == set(REPEATING) == set(offers())
    assert {name for name, can in CAPABILITIES.items() if can.runs_flows} == set(offers())


@pytest.mark.parametrize("name", [name for name, can in CAPABILITIES.items() if not can.runs_flows])
def test_a_flow_on_a_number_of_a_carrier_that_runs_none(name: str, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hello.flow").write_text(FLOW, "utf-8")
    project = f'[numbers]\n"+15551230000" = "hello"\n\n[carriers.{name}]\napi_key = "$KEY"\n'
    (tmp_path / "flowengine.toml").write_text(project, "utf-8")
    found = [finding for finding in build(tmp_path, abilities()).diagnostics if finding.code == "FE501"]
    assert [finding.message for finding in found] == [
        f"{name} only places calls: it cannot answer a number with a flow"
    ]


@pytest.mark.parametrize("name", REPEATING)
@pytest.mark.parametrize(("built", "case"), cases(), ids=title)
async def test_webhooks_that_come_twice_and_late_change_nothing(name: str, built: Build, case: Case) -> None:
    assert built.program is not None
    plain, line = (kind[name](built, built.program, case.setup) for kind in (LINES, REPEATING))
    first, result = await play(case, plain), await play(case, line)
    assert line.different == []
    assert line.repeats > 0
    assert result.failure == first.failure
    assert line._turns == plain._turns


def hung_up(case: Case) -> list[Case]:
    """The script with a caller who hangs up after each of its lines in turn."""
    ends = [index + 1 for index, step in enumerate(case.steps) if isinstance(step, _ACTS)]
    return [
        Case(
            f"{case.name}, hung up after line {end}",
            case.setup,
            (
                *case.steps[:end],
                # What is given later holds from the start all the same.
                *(step for step in case.steps[end:] if isinstance(step, Give)),
                HangUp(case.steps[end - 1].span),
            ),
            case.span,
        )
        for end in ends
    ]


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize(("built", "case"), cases(), ids=title)
async def test_a_caller_may_hang_up_at_every_point(name: str, built: Build, case: Case) -> None:
    assert built.program is not None
    for cut in hung_up(case):
        here = simulate(cut, built.program)
        line = PATIENT[name](built, built.program, cut.setup)
        over = await play(cut, line)
        if not getattr(line, "refused", []):
            assert (over.failure is None) == (here.failure is None), (cut.name, over.failure)
            assert line.open_calls == 0, cut.name
