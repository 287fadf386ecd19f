"""The order of findings."""

from flowengine.diagnostics import Diagnostic, Severity, Span, in_order


def finding(file: str, line: int, column: int, code: str = "FE201") -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, "wrong", Span(file, line, column, line, column + 1))


def test_by_file_line_and_column() -> None:
    ordered = [finding("a.flow", 2, 1), finding("a.flow", 10, 1), finding("a.flow", 10, 3), finding("b.flow", 1, 1)]
    assert in_order(reversed(ordered)) == ordered


def test_the_same_place_by_code() -> None:
    assert [each.code for each in in_order([finding("a", 1, 1, "FE301"), finding("a", 1, 1, "FE201")])] == [
        "FE201",
        "FE301",
    ]


def test_a_finding_that_two_checks_made_is_shown_once() -> None:
    assert in_order([finding("a", 1, 1), finding("a", 1, 1)]) == [finding("a", 1, 1)]
