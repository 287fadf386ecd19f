"""Mistakes in scripts are findings, with their place and a hint."""

import pytest

from tests.simulator.flows import MENU, TRANSFER
from tests.simulator.running import CONFIG, errors, scripts

UNNUMBERED = CONFIG.replace('[numbers]\n"+15551230000" = "main"\n', "")
"""No number leads to the flow: its parameters need no defaults."""

ARGUMENTS = 'flow main(name, greeting="Hello")\n\nstart:\n    say "{{ greeting }} {{ name }}"\n    hangup\n'


@pytest.mark.parametrize(
    ("flow", "lines", "code", "line", "hint"),
    [
        (MENU, ["flow mian", "hangup"], "FE280", 2, "did you mean `main`?"),
        (ARGUMENTS, ['flow main("Ada", "Hi", "x")', "hangup"], "FE281", 2, None),
        (ARGUMENTS, ['flow main(nam="Ada")', "hangup"], "FE281", 2, "did you mean `name`?"),
        (ARGUMENTS, ['flow main("Ada", name="Bob")', "hangup"], "FE281", 2, None),
        (ARGUMENTS, ["flow main", "hangup"], "FE380", 2, None),
        (TRANSFER, ["flow main", "expect tranfer"], "FE282", 3, "did you mean `transfer`?"),
        (TRANSFER, ["flow main", "expect transfer timout=2s"], "FE283", 3, "did you mean `timeout`?"),
        (MENU, ["flow main", 'given compny = "Bolt"', "hangup"], "FE284", 3, "did you mean `company`?"),
        (MENU, ['hear "press 1"', "hangup"], "FE380", 1, "write `flow NAME`"),
        (MENU, ["flow main", 'at "tomorrow"', "hangup"], "FE381", 3, None),
        (MENU, ["flow main", 'at "2026-02-30T10:00"', "hangup"], "FE381", 3, None),
        (MENU, ["flow main", 'from "0123"', "hangup"], "FE382", 3, None),
        (MENU, ["flow main", 'direction "sideways"', "hangup"], "FE382", 3, None),
        (MENU, ["flow main", 'answered_by "dog"', "hangup"], "FE382", 3, None),
        (MENU, ["flow main", 'press "12a"', "hangup"], "FE382", 3, None),
        (MENU, ["flow main", 'hear "..."', "hangup"], "FE383", 3, None),
        (MENU, ["flow main", 'unheard ""', "hangup"], "FE383", 3, None),
        (MENU, ["flow main", "wait", 'from "+15557650001"', "hangup"], "FE384", 4, None),
        (MENU, ["flow main", "flow main", "hangup"], "FE384", 3, None),
    ],
)
def test_each_mistake(flow: str, lines: list[str], code: str, line: int, hint: str | None) -> None:
    text = "\n".join(['call "the call":', *(f"    {row}" for row in lines)]) + "\n"
    (found,) = errors(flow, text, UNNUMBERED)
    assert (found.code, found.span.file, found.span.line) == (code, "main.call", line)
    if hint is not None:
        assert found.hint == hint


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("press 12#", 'write `press "12#"`'),
        ("press 1#2  # a comment", 'write `press "1#"`'),
        ("press 12 # a comment", None),
        ('press "12#"# a comment', None),
        ('press "12#"', None),
    ],
)
def test_a_pound_key_that_begins_a_comment(line: str, hint: str | None) -> None:
    found = scripts(MENU, f'call "the call":\n    flow main\n    {line}\n    hangup\n').diagnostics
    told = [(each.code, each.span.line, each.hint) for each in found if each.span.file == "main.call"]
    assert told == ([("FE385", 3, hint)] if hint else [])


def test_all_mistakes_are_told_at_once() -> None:
    text = 'call "a":\n    flow mian\n    press "x"\n\ncall "b":\n    flow main\n    hear ""\n    expect tranfer\n'
    assert [found.code for found in errors(MENU, text)] == ["FE280", "FE382", "FE383", "FE282"]
