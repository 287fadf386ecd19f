"""Data from outside: how deep it may be."""

import pytest

from flowengine.core.data import DEEPEST, TooDeepError, decode


@pytest.mark.parametrize("levels", [0, 1, DEEPEST])
def test_what_is_not_deep_is_taken(levels: int) -> None:
    value = decode(b"[" * levels + b"1" + b"]" * levels)
    for _ in range(levels):
        (value,) = value
    assert value == 1


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [DEEPEST + 1, 900, 50_000])
def test_what_is_deep_is_refused(levels: int, opening: str) -> None:
    text = opening * levels + "1" + ("]" if opening == "[" else "}") * levels
    for form in (text, text.encode(), f"[1, [], {text}]"):
        with pytest.raises(TooDeepError):
            decode(form)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", "[\ud800", b"\xff\xfe"])
def test_what_cannot_be_read_is_refused(text: bytes | str) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        decode(text)


def test_brackets_are_no_depth() -> None:
    assert decode('["' + "[" * 1000 + '"]') == ["[" * 1000]
    assert decode(b"[" + b"[]," * 1000 + b"[]]") == [[]] * 1001
