"""Forms, held against the standard library's reading of them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowengine.server.forms import parse

_LETTERS = ("a", "b", "é", "%00", " ", ";", ":", ",", "{", "}", '"', "\\", "\x01")
_ESCAPES = ("%2B", "%2b", "%25", "%", "+", "%C3%A9", "%E9", "%zz", "%3A", "%2F", "%3a", "3A")
_PIECES = st.sampled_from(("=", "&", *_LETTERS, *_ESCAPES))


@given(st.lists(_PIECES, max_size=30).map("".join))
@example("a=%252B")
@example("a=1&a=2")
@example("a")
@example("&&a=1&")
@example("%41=1&b=%2B1")
@example('a":"b=1')
@example("a=%2%3AB")
def test_any_text_reads_as_the_standard_library_reads_it(text: str) -> None:
    assert parse(text.encode(), 200) == dict(parse_qsl(text, keep_blank_values=True))


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=10))
def test_what_was_written_down_is_read_again(fields: dict[str, str]) -> None:
    written = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    named = {name.encode("utf-8", "replace").decode(): value for name, value in written.items()}
    assert parse(urlencode(named).encode(), 200) == named


def test_there_is_an_end_to_fields() -> None:
    assert len(parse(b"&".join(b"f%d=1" % n for n in range(200)), 200)) == 200
    with pytest.raises(ValueError, match="200"):
        parse(b"&".join(b"f%d=1" % n for n in range(201)), 200)


@given(st.binary(max_size=40))
def test_any_bytes_read_as_their_text_does(form: bytes) -> None:
    assert parse(form, 200) == dict(parse_qsl(form.decode("utf-8", "replace"), keep_blank_values=True))
