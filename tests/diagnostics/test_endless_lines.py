"""A finding in a line of millions of characters is shown with what surrounds it, and costs no more than any other."""

import pytest

from flowengine.diagnostics import Diagnostic, Severity, Sources, Span
from flowengine.diagnostics.render import Style
from flowengine.diagnostics.render.text import TEXT
from tests.language.test_bounds import calls_made

ROW = "ab " * 1_000_000


@pytest.mark.parametrize("column", [1, 2_000_003, len(ROW) - 1])
def test_the_place_is_shown(column: int) -> None:
    row = ROW[: column - 1] + "X" + ROW[column:]
    found = Diagnostic("FE100", Severity.ERROR, "not here", Span("a.flow", 1, column, 1, column + 1))
    sources = Sources({"a.flow": row})
    printed: list[str] = []
    assert calls_made(lambda: printed.append(TEXT.render([found], sources, Style(width=80)))) < 100_000
    rows = printed[0].splitlines()
    at = next(number for number, line in enumerate(rows) if "^" in line)
    assert rows[at - 1][rows[at].index("^")] == "X"
    assert all(len(line) <= 80 for line in rows)
