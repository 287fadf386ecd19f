"""Cases of the checker: small flows whose lines say which findings they must have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEAD = "flow sample:\n    on failed:\n        hangup\n\nstart:\n"
"""What a case begins with that is only the body of a step."""

MARK = "  <<< "


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding that a line must have: a code or its group (`FE2`), and the severity."""

    line: int
    group: str
    severity: str


@dataclass(frozen=True, slots=True)
class Case:
    """One flow, as it is checked, and what must be found in it."""

    name: str
    text: str
    expected: tuple[Expected, ...]


def read_cases(path: Path) -> list[Case]:
    """The cases of a `.cases` file.

    Each begins with `=== name`; `<<< FE2` or `<<< FE4 warning` ends a line that has such a finding.
    """
    cases = []
    for part in path.read_text("utf-8").split("\n=== ")[1:]:
        name, _, body = part.partition("\n")
        body = body.rstrip("\n") + "\n"
        cases.append(_case(name, body if _is_file(body) else HEAD + body))
    return cases


def _is_file(body: str) -> bool:
    return not body.startswith(" ")


def _case(name: str, marked: str) -> Case:
    lines, expected = [], []
    for number, line in enumerate(marked.split("\n"), 1):
        text, mark, findings = line.partition(MARK)
        lines.append(text)
        if mark:
            for finding in findings.split(","):
                group, _, severity = finding.strip().partition(" ")
                expected.append(Expected(number, group, severity or "error"))
    return Case(name, "\n".join(lines), tuple(expected))
