"""The pages of the project's own codes: each is in its form, and its examples are what they say."""

from pathlib import Path

import pytest

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import build
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.pages import CODES, Example
from flowengine.simulator.project import read_scripts


def findings(example: Example, folder: Path) -> tuple[Diagnostic, ...]:
    """What a check of the example as a project finds."""
    for name, content in example.files().items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return read_scripts(build(folder, abilities())).diagnostics


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_has_the_finding(code: str, tmp_path: Path) -> None:
    page = CODES[code]
    found = {(finding.code, finding.severity) for finding in findings(page.wrong, tmp_path)}
    assert (code, page.severity) in found


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_can_be_served(code: str, tmp_path: Path) -> None:
    found = findings(CODES[code].right, tmp_path)
    assert [finding for finding in found if finding.is_error or finding.code == code] == []


def test_no_two_codes_have_one_title() -> None:
    titles = [page.title for page in CODES.values()]
    assert sorted(titles) == sorted(set(titles))
