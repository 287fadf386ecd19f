"""`# allow FE252: reason`: warnings that are meant."""

from __future__ import annotations

import pytest

from tests.compiler.projects import findings

FLOW = "flow reception\n\nstart:\n{}\n    hangup\n"


@pytest.mark.parametrize(
    "body",
    [
        "    set a = 1 # allow FE252: read by the reports",
        "    # allow FE252: read by the reports\n    set a = 1",
        "    # allow FE252: read by the reports\n    # and by others\n    set a = 1",
        "    set a = 1 #allow FE252,FE352: read by the reports\n".replace(",FE352", ""),
    ],
)
def test_a_warning_is_allowed(body: str) -> None:
    assert findings(FLOW.format(body)) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        "    set «FE252:a» = 1 «FE254:# allow FE252»",
        "    set «FE252:a» = 1 «FE254:# allow FE251: another»",
        "    «FE254:# allow FE252: the line below is blank»\n\n    set «FE252:a» = 1",
        '    «FE254:# allow FE252: nothing here»\n    say "Hello."',
        '    «FE201:sya» "Hello." «FE254:# allow FE201: an error»',
        "    set «FE252:a» = 1 # allowing FE252: is another word",
    ],
)
def test_what_allows_nothing(body: str) -> None:
    found, expected = findings(FLOW.format(body))
    assert found == expected
