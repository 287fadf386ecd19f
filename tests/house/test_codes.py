"""Codes of findings: what the code gives, a page explains, and the other way round."""

import re

from flowengine.diagnostics.pages import CODES
from tests.house.project import ROOT, modules

QUOTED = re.compile(r"""["'](FE[1-9][0-9]{2})["']""")


def given() -> dict[str, str]:
    """Every code that stands in the package as a string, with a file where it does."""
    return {
        code: str(module.relative_to(ROOT))
        for module in modules()
        for code in QUOTED.findall(module.read_text("utf-8"))
    }


def test_every_code_has_a_page() -> None:
    assert {code: file for code, file in given().items() if code not in CODES} == {}


def test_every_page_is_about_a_code_that_is_given() -> None:
    assert [code for code in CODES if code not in given()] == []
