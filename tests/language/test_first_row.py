"""What stands on the first row of a file."""

import pytest

from flowengine.language.parser import parse_flow


@pytest.mark.parametrize("text", ["\thangup", "\tflow a\n\ns:\n    hangup\n", " \tflow a"])
def test_a_tab_on_the_first_row_is_told(text: str) -> None:
    result = parse_flow(text, "a.flow")
    assert [(finding.code, finding.span.line) for finding in result.diagnostics] == [("FE102", 1)]
    assert result.flow is None or not result.flow.complete
