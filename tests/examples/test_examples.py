"""The examples and the project that `make run` starts: no finding at all, and every script passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.compiler.build import build
from flowengine.simulator.project import read_scripts
from flowengine.simulator.report import describe
from flowengine.simulator.runner import simulate

HOUSE = Path(__file__).parents[2]
PROJECTS = ["flows", *sorted(f"examples/{path.name}" for path in (HOUSE / "examples").iterdir() if path.is_dir())]


@pytest.mark.parametrize("project", PROJECTS)
def test_nothing_is_found_and_every_script_passes(project: str) -> None:
    scripts = read_scripts(build(HOUSE / project))
    assert [f"{found.span} {found.code} {found.message}" for found in scripts.diagnostics] == []
    assert scripts.program is not None
    assert scripts.cases
    results = [simulate(case, scripts.program) for case in scripts.cases]
    assert not [result for result in results if not result.passed], "\n".join(
        describe(result, scripts.sources, scripts.zone) for result in results
    )


@pytest.mark.parametrize("project", [project for project in PROJECTS if project != "flows"])
def test_the_page_names_files_and_steps_that_exist(project: str) -> None:
    folder = HOUSE / project
    page = (folder / "README.md").read_text("utf-8")
    built = build(folder)
    named = {word for word in page.replace("`", " ` ").split() if word.endswith((".flow", ".call", ".toml"))}
    existing = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {Path(name).name for name in named} <= existing
    steps = {step.name.text for flow in built.flows.values() for step in flow.steps}
    for line in page.splitlines():
        where = line.rpartition("|")[0].rpartition("|")[2]
        if line.startswith("| ") and "step" in where:
            words = [part for index, part in enumerate(where.split("`")) if index % 2 == 1 and "." not in part]
            assert {word for word in words if " " not in word} <= steps, line
