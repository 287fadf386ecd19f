"""Times over Telefonie, against the simulator: a wrong key is told at once, and a queue ends when its time is over."""

from pathlib import Path

import pytest

from flowengine.cli.over import TelefonieLine
from flowengine.compiler.build import build
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import play, simulate

FLOW = """\
flow f:
    on failed -> bye

start:
    answer
    menu:
        say "Your room."
        when 1000..1019 -> waiting
        on nomatch:
            say "No such room."

waiting:
    queue "desk" timeout=30s:
        say "Please hold."
        on full, failed -> bye
        on timeout -> late

late:
    say "Nobody is free."
    hangup

bye:
    say "Goodbye."
    hangup
"""

SCRIPTS = {
    "a wrong first key is told at once": 'press 7\n    hear "No such room"\n    hangup',
    "a wrong key in the middle": 'press 17\n    hear "No such room"\n    hangup',
    "keys typed in one go": 'press 1005\n    hear "Please hold"\n    hangup',
    "keys typed one after the other": 'press 1\n    wait 2s\n    press 005\n    hear "Please hold"\n    hangup',
    "the time of a queue": 'press 1005\n    wait 29s\n    unheard "Nobody"\n    wait 1s\n    hear "Nobody is free"\n'
    "    expect hangup",
}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_it_happens_when_it_should(name: str, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "f.flow").write_text(FLOW, "utf-8")
    script = f'call "{name}":\n    flow f\n    hear "Your room"\n    {SCRIPTS[name]}\n'
    (tmp_path / "f.call").write_text(script, "utf-8")
    built = build(tmp_path)
    (case,) = read_scripts(built).cases
    assert built.program is not None
    assert simulate(case, built.program).failure is None
    assert (await play(case, TelefonieLine(built, built.program, case.setup))).failure is None
