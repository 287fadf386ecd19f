"""The form of a code's page, and what is said of one that is not in it."""

from pathlib import Path

import pytest

from flowengine.diagnostics import Severity
from flowengine.diagnostics.pages import PageError, Pages, parse_page

PAGE = """\
# FE210: Two steps with one name
severity: error

A step is found by its name.

It must be the only one.

## Wrong
```flow
flow a

start:
    hangup
```
Some words.
```toml
[vars]
company = "Acme"
```
```flow
flow b:

start:
    hangup
```
## Right
```flow
\tnot a flow
```
```flow
## still not a heading
```
```call
call "x":
    flow a
```
"""


def test_a_page_is_read() -> None:
    page = parse_page("FE210", PAGE)
    assert (page.code, page.title, page.severity) == ("FE210", "Two steps with one name", Severity.ERROR)
    assert page.text == "A step is found by its name.\n\nIt must be the only one."
    assert page.markdown == PAGE


def test_a_section_is_a_project() -> None:
    page = parse_page("FE210", PAGE)
    assert page.wrong.files() == {
        "flows/a.flow": b"flow a\n\nstart:\n    hangup\n",
        "flowengine.toml": b'[vars]\ncompany = "Acme"\n',
        "flows/b.flow": b"flow b:\n\nstart:\n    hangup\n",
    }
    assert page.right.files() == {
        "flows/example.flow": b"\tnot a flow\n",
        "flows/example_2.flow": b"## still not a heading\n",
        "example.call": b'call "x":\n    flow a\n',
    }


def test_odd_characters_of_an_example_are_kept() -> None:
    page = parse_page("FE210", PAGE.replace("\tnot a flow", "\tnot\x0ca\u2028flow\r"))
    assert page.right.files()["flows/example.flow"] == "\tnot\x0ca\u2028flow\r\n".encode()


def test_an_example_may_be_in_another_encoding() -> None:
    page = parse_page("FE210", PAGE.replace("```flow\n\tnot a flow", "```flow latin-1\n# für"))
    assert page.right.files()["flows/example.flow"] == b"# f\xfcr\n"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("# FE210: ", "# FE211: ", "headed FE211"),
        ("# FE210: Two", "#FE210 Two", "begins with a line"),
        ("severity: error", "severity: fatal", "severity: error` or"),
        ("A step is found by its name.\n\nIt must be the only one.", "", "nothing explains"),
        ("## Right", "## Wrong", "stands twice"),
        ("## Wrong", "## Bad", "not Bad, Right"),
        ("```call\n", "```python\n", "flow, call, toml"),
        ('call "x":\n    flow a\n```\n', 'call "x":\n', "not closed"),
        (PAGE[PAGE.index("## Right") :], "## Right\nnothing\n", "shows no example"),
        (PAGE, "", "begins with a line"),
    ],
)
def test_a_malformed_page_is_refused(old: str, new: str, complaint: str) -> None:
    assert old in PAGE
    with pytest.raises(PageError, match=complaint) as raised:
        parse_page("FE210", PAGE.replace(old, new))
    assert str(raised.value).startswith("FE210: ")


def test_pages_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "FE210.md").write_text(PAGE, "utf-8")
    (tmp_path / "FE101.md").write_text("no page", "utf-8")
    pages = Pages(tmp_path)
    assert list(pages) == ["FE101", "FE210"]
    assert len(pages) == 2
    assert pages["FE210"].title == "Two steps with one name"
    assert "FE999" not in pages
    with pytest.raises(PageError):
        pages["FE101"]
    with pytest.raises(KeyError):
        pages["../FE210"]
