"""Which keys make an input: section 4, "menu choices" and "Trying again", and section 10."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.core.keys import KEYS, OPEN, Choices, Collected, Complete, Digits, Misfit, Pressed

MENU = Choices({"1": 0, "12": 1, "*": 2, "45": 3}, presses=("0",))


@pytest.mark.parametrize(
    ("typed", "final", "expected"),
    [
        ("", False, OPEN),
        ("", True, OPEN),
        ("*", False, Complete("*", "")),
        # The beginning of a longer choice waits; when no more comes, it counts.
        ("1", False, OPEN),
        ("1", True, Complete("1", "")),
        ("12", False, Complete("12", "")),
        # The first key that fits none makes all of it a misfit, and all of it is dropped.
        ("13", False, Misfit("13")),
        ("4", True, Misfit("4")),
        ("9", False, Misfit("9")),
        ("47*", False, Misfit("47*")),
        # What comes after a choice waits for the next menu or gather.
        ("*12", False, Complete("*", "12")),
        ("45#", False, Complete("45", "#")),
        ("0", False, Pressed("0", "")),
        ("09", False, Pressed("0", "9")),
    ],
)
def test_menu(typed: str, final: bool, expected: Collected) -> None:
    assert MENU.collect(typed, final) == expected


def test_a_menu_that_uses_a_flow_wide_key_keeps_it() -> None:
    menu = Choices({"0": 0}, presses=("0", "9"))
    assert menu.presses == ("9",)
    assert menu.collect("0", False) == Complete("0", "")


@pytest.mark.parametrize(
    ("digits", "typed", "final", "expected"),
    [
        (Digits(6, 6, "#"), "12345", False, OPEN),
        (Digits(6, 6, "#"), "123456", False, Complete("123456", "", full=True)),
        # The finish key right after a full input belongs to it.
        (Digits(6, 6, "#"), "123456#", False, Complete("123456", "")),
        (Digits(6, 6, "#"), "123456#7", False, Complete("123456", "7")),
        (Digits(6, 6, "#"), "1234567", False, Complete("123456", "7", full=True)),
        (Digits(6, 6, "#"), "123#", False, Misfit("123#")),
        (Digits(6, 6, "#"), "123", True, Misfit("123")),
        (Digits(4, 8, "#"), "1234", False, OPEN),
        (Digits(4, 8, "#"), "1234", True, Complete("1234", "")),
        (Digits(4, 8, "#"), "1234#", False, Complete("1234", "")),
        (Digits(4, 8, "#"), "12345678", False, Complete("12345678", "", full=True)),
        # Any number of digits ends with the key, or with the time between two digits.
        (Digits(1, None, "#"), "123", False, OPEN),
        (Digits(1, None, "#"), "123#", False, Complete("123", "")),
        (Digits(1, None, "#"), "123", True, Complete("123", "")),
        # The finish key alone is an input of no digits.
        (Digits(1, None, "#"), "#", False, Misfit("#")),
        (Digits(0, 4, "#"), "#", False, Complete("", "")),
        # Without a finish key, `#` is no digit and fits nothing.
        (Digits(4, 4, ""), "12#", False, Misfit("12#")),
        (Digits(4, 4, "*"), "12#4", False, Misfit("12#4")),
        (Digits(4, 4, "*", presses=("#",)), "12#", False, Pressed("#", "")),
    ],
)
def test_gather(digits: Digits, typed: str, final: bool, expected: Collected) -> None:
    assert digits.collect(typed, final) == expected


@given(st.text(alphabet=sorted(KEYS), max_size=12), st.booleans())
def test_an_input_never_invents_or_reorders_keys(typed: str, final: bool) -> None:
    for collector in (MENU, Digits(2, 5, "#", presses=("*",)), Digits(0, None, "#")):
        found = collector.collect(typed, final)
        if isinstance(found, Complete):
            assert typed.startswith(found.value)
            assert typed.endswith(found.rest)
            assert len(typed) - len(found.value) - len(found.rest) in (0, 1)
        elif isinstance(found, Misfit):
            assert found.typed == typed


@given(st.text(alphabet="1245*0", min_size=1, max_size=6))
def test_typing_at_once_and_key_by_key_is_the_same(typed: str) -> None:
    """A carrier that reports every key and one that reports all of them make the same first choice."""
    at_once = MENU.collect(typed, final=False)
    buffer, one_by_one = "", OPEN
    for key in typed:
        buffer += key
        one_by_one = MENU.collect(buffer, final=False)  # type: ignore[assignment]
        if one_by_one is not OPEN:
            break
    assert type(at_once) is type(one_by_one)
    if isinstance(at_once, Complete) and isinstance(one_by_one, Complete):
        assert at_once.value == one_by_one.value
