"""A carrier that only places calls is refused as the carrier of a number with a flow, before any call."""

from pathlib import Path

import pytest

from flowengine.carriers.abilities import CAPABILITIES, abilities
from flowengine.compiler.build import build

FLOW = 'flow hello\n\nstart:\n    say "Hello."\n    hangup\n'


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
