"""The form for people. Snapshots show the source and what is printed about it, one below the other."""

import pytest
from syrupy.assertion import SnapshotAssertion

from flowengine.diagnostics import Diagnostic, Label, Severity, Sources, Span
from flowengine.diagnostics.render import Style
from flowengine.diagnostics.render.text import TEXT as RENDERER
from flowengine.diagnostics.render.text import summary
from tests.diagnostics import findings

ESCAPE = "\x1b"


def shown(diagnostic: Diagnostic, sources: Sources = findings.SOURCES, style: Style = Style()) -> str:  # noqa: B008
    return RENDERER.render([diagnostic], sources, style)


def with_source(diagnostic: Diagnostic, text: str, style: Style = Style()) -> str:  # noqa: B008
    """The source, a rule, and the output, for a snapshot to be read as a whole."""
    printed = shown(diagnostic, Sources({diagnostic.span.file: text}), style)
    return f"{text}\n{'─' * 60}\n{printed}"


def underlined(printed: str) -> tuple[str, str]:
    """The first source row and the row below it, without the frame."""
    rows = printed.splitlines()
    at = next(number for number, row in enumerate(rows) if "^" in row)
    return rows[at - 1].partition("| ")[2], rows[at].partition("| ")[2]


@pytest.mark.parametrize(
    "diagnostic", findings.EVERY, ids=["hint", "no hint", "label", "wide characters", "tab", "several lines"]
)
def test_findings_of_a_flow(diagnostic: Diagnostic, snapshot: SnapshotAssertion) -> None:
    assert with_source(diagnostic, findings.TEXT) == snapshot


def test_all_findings_and_their_count(snapshot: SnapshotAssertion) -> None:
    assert RENDERER.render(findings.EVERY, findings.SOURCES, Style()) == snapshot


def test_colour(snapshot: SnapshotAssertion) -> None:
    printed = shown(findings.DEFINED_TWICE, style=Style(colour=True))
    assert printed.replace(ESCAPE, "ESC") == snapshot


def test_no_colour_has_no_escape_sequence() -> None:
    assert ESCAPE not in RENDERER.render(findings.EVERY, findings.SOURCES, Style())


def test_nothing_found_prints_nothing() -> None:
    assert RENDERER.render([], findings.SOURCES, Style()) == ""


def test_a_long_line_is_cut_around_the_span(snapshot: SnapshotAssertion) -> None:
    text = '    say "' + "please hold the line " * 12 + "{{ nmae }}" + " and thank you" * 9 + '"'
    column = text.index("nmae") + 1
    diagnostic = Diagnostic(
        "FE205", Severity.ERROR, "there is no name `nmae`", Span("a.flow", 1, column, 1, column + 4)
    )
    assert with_source(diagnostic, text, Style(width=80)) == snapshot


@pytest.mark.parametrize("width", [30, 60, 100])
@pytest.mark.parametrize("column", [1, 2, 40, 77, 150, 299, 300])
def test_a_cut_line_keeps_its_underline_below_the_word(column: int, width: int) -> None:
    text = "." * (column - 1) + "X" + "." * (300 - column)
    diagnostic = Diagnostic("FE205", Severity.ERROR, "here", Span("a.flow", 1, column, 1, column + 1))
    printed = shown(diagnostic, Sources({"a.flow": text}), Style(width=width))
    source, below = underlined(printed)
    assert source.index("X") == below.index("^")
    assert below.strip() == "^"
    assert max(len(row) for row in printed.splitlines()) <= width


@pytest.mark.parametrize(
    ("before", "cells"),
    [("\t", 4), ("日本", 4), ("e\u0301", 1), ("a\x00b", 3), ("\u202eab", 3), ("\uff57", 2)],
    ids=["tab", "wide", "accent", "control", "bidi", "fullwidth"],
)
def test_underline_stands_below_its_word(before: str, cells: int) -> None:
    column = len(before) + 1
    diagnostic = Diagnostic("FE205", Severity.ERROR, "here", Span("a.flow", 1, column, 1, column + 4))
    _, below = underlined(shown(diagnostic, Sources({"a.flow": f"{before}word"})))
    assert below == " " * cells + "^^^^"


def test_a_terminal_is_never_steered_by_what_is_checked() -> None:
    text = f"say {ESCAPE}[2Jgone\x07 \u202eevil\u2066"
    diagnostic = Diagnostic(
        "FE101", Severity.ERROR, f"unexpected {ESCAPE}[2J", Span(f"{ESCAPE}.flow", 1, 5, 1, 6), f"no {ESCAPE}"
    )
    printed = shown(diagnostic, Sources({diagnostic.span.file: text}))
    assert all(character.isprintable() or character == "\n" for character in printed)


def test_an_empty_span_at_the_end_of_a_line_has_one_sign() -> None:
    diagnostic = Diagnostic("FE108", Severity.ERROR, "a colon is missing", Span("a.flow", 1, 7, 1, 7))
    assert underlined(shown(diagnostic, Sources({"a.flow": "main()\n"}))) == ("main()", "      ^")


def test_a_span_that_ends_with_the_line_feed_is_on_one_line() -> None:
    diagnostic = Diagnostic("FE108", Severity.ERROR, "a colon is missing", Span("a.flow", 1, 1, 2, 1))
    assert underlined(shown(diagnostic, Sources({"a.flow": "main\nnext\n"}))) == ("main", "^^^^")


def test_a_long_block_leaves_out_its_middle(snapshot: SnapshotAssertion) -> None:
    text = "main:\n    menu:\n" + "".join(f"        when {key} -> step_{key}\n" for key in range(1, 10))
    diagnostic = Diagnostic("FE402", Severity.ERROR, "`failed` is handled nowhere", Span("a.flow", 2, 5, 11, 25))
    assert with_source(diagnostic, text) == snapshot


def test_a_label_in_another_file(snapshot: SnapshotAssertion) -> None:
    sources = Sources({"flows/a.flow": "flow verify\n", "flows/b.flow": "# again\nflow verify\n"})
    label = Label(Span("flows/a.flow", 1, 6, 1, 12), "first defined here")
    missing = Label(Span("flows/gone.flow", 3, 1, 3, 2), "and once more here")
    diagnostic = Diagnostic(
        "FE210",
        Severity.ERROR,
        "two flows are named `verify`",
        Span("flows/b.flow", 2, 6, 2, 12),
        None,
        (label, missing),
    )
    assert shown(diagnostic, sources) == snapshot


def test_a_file_that_could_not_be_read_is_named_all_the_same() -> None:
    diagnostic = Diagnostic(
        "FE100", Severity.ERROR, "this is not UTF-8", Span("a.flow", 1, 1, 1, 1), "save it as UTF-8"
    )
    assert shown(diagnostic, Sources({})).splitlines()[:2] == ["error[FE100]: this is not UTF-8", " --> a.flow:1:1"]


def test_only_line_feeds_part_lines() -> None:
    sources = Sources({"a.flow": "\ufeffone\u2028still one\x0c\r\ntwo\n"})
    assert sources.lines("a.flow") == ("one\u2028still one\x0c", "two", "")
    assert sources.line("a.flow", 4) is None
    assert sources.line("b.flow", 1) is None


def test_summary_counts_each_severity() -> None:
    assert summary(findings.EVERY) == "5 errors, 1 warning"
    assert summary([findings.WHOLE_MENU]) == "1 warning"
    assert summary([]) == ""
