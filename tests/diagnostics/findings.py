"""Findings that several tests show in several forms."""

from flowengine.diagnostics import Diagnostic, Label, Severity, Sources, Span

RECEPTION = "flows/reception.flow"

TEXT = """\
flow reception:
    timeout 5s

main:
    menu:
        sya "Für Verkauf 1, 営業は 2."
        when 1 -> sales
        when 2 -> support
        when 3 -> nowhere

sales:
    hangup

main:
\tsay "{{ nmae }} is calling", "a comma, a colon: and 100 %"
"""

SOURCES = Sources({RECEPTION: TEXT})


def error(
    code: str, message: str, line: int, column: int, length: int, hint: str | None = None, *labels: Label
) -> Diagnostic:
    """An error on one line of the reception flow."""
    span = Span(RECEPTION, line, column, line, column + length)
    return Diagnostic(code, Severity.ERROR, message, span, hint, labels)


MISSPELT_VERB = error("FE201", "there is no verb `sya`", 6, 9, 3, "did you mean `say`?")
UNKNOWN_STEP = error("FE203", "there is no step `nowhere`", 9, 19, 7)
DEFINED_TWICE = error(
    "FE210",
    "the step `main` is defined twice",
    14,
    1,
    4,
    "give one of them another name",
    Label(Span(RECEPTION, 4, 1, 4, 5), "first defined here"),
)
AFTER_WIDE = error("FE305", "there is no choice 2, or: 100 % of none", 6, 33, 1)
AFTER_TAB = error("FE205", "there is no name `nmae`", 15, 10, 4, "did you mean `name`?")
WHOLE_MENU = Diagnostic(
    "FE402",
    Severity.WARNING,
    "this menu has no handler of `failed`",
    Span(RECEPTION, 5, 5, 9, 26),
    None,
    (Label(Span(RECEPTION, 1, 1, 1, 15), "nor has the flow"),),
)
EVERY = (MISSPELT_VERB, UNKNOWN_STEP, DEFINED_TWICE, AFTER_WIDE, AFTER_TAB, WHOLE_MENU)
