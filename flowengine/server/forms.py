"""Forms as carriers send them, `a=1&b=%2B1`: what `urllib.parse.parse_qsl` gives, six times as fast.

Nearly every form has only names and values, and no escapes but `%2B` before a phone number and those of a URL. Such a
form becomes a JSON object by its separators alone, and msgspec, which knows short names again, reads that in one go:
3.6 µs for 28 fields; taken apart by `str.split` it is 5.4, by `parse_qsl` 22. Whatever is no JSON then, as a name
without a value or with two, goes to `parse_qsl` itself.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

from msgspec import DecodeError
from msgspec.json import Decoder

_read = Decoder(dict[str, str]).decode


def parse(form: bytes, most: int) -> dict[str, str]:
    """The fields of a form; the last of a name that comes twice.

    Raises:
        ValueError: there are more than `most`.
    """
    if form.count(b"&") >= most:
        raise ValueError(f"more than {most} fields")
    text = form.decode("utf-8", "replace")
    spaced = text.replace("+", " ")
    # Once these are gone, a text without `%` is decoded as it stands: no other escape can come of them.
    plain = spaced.replace("%2B", "+")
    if "%" in plain:
        plain = plain.replace("%3A", ":").replace("%2F", "/")
    escaped = "%" in plain
    if escaped:
        plain = spaced
    if '"' in plain or "\\" in plain:  # they would mean something in JSON
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        fields = _read('{"' + plain.replace("=", '":"').replace("&", '","') + '"}')
    except DecodeError:
        return dict(parse_qsl(text, keep_blank_values=True))
    if not escaped:
        return fields
    if "%" in "".join(fields):
        return dict(parse_qsl(text, keep_blank_values=True))
    return {name: unquote(value) if "%" in value else value for name, value in fields.items()}
