"""`parse_calls`: the text of a `.call` file becomes scripts and findings; nothing is raised, whatever the text is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flowengine.diagnostics import Diagnostic, Span
from flowengine.language import call_tree
from flowengine.language.blocks import WRONG_COLUMN, check_blocks, parts
from flowengine.language.grammar import grammar
from flowengine.language.lines import scan
from flowengine.language.problems import MOST_FINDINGS, finding
from flowengine.language.reader import Reader
from flowengine.language.texts import prepare

_CALL = re.compile(r"call(?![A-Za-z0-9_])")


@dataclass(frozen=True, slots=True)
class CallsResult:
    """What became of a file of call scripts: those that could be read, and all findings."""

    scripts: tuple[call_tree.Script, ...]
    diagnostics: tuple[Diagnostic, ...]


def parse_calls(text: str, file: str) -> CallsResult:
    """Parse a file of call scripts; `file` is its name in spans."""
    text, found = prepare(text, file)
    if found:
        return CallsResult((), tuple(found))
    scanned = scan(text, file)
    found = list(scanned.found)
    scripts: list[call_tree.Script] = []
    with grammar().lock:
        reader = Reader(file, scanned.rows, grammar(), scripts=True)
        for part in parts(scanned.lines):
            head = part.head
            if len(found) + len(reader.found) >= MOST_FINDINGS:
                break
            if head.broken:
                continue
            if _CALL.match(head.text) is None or head.indent > 0:
                span = Span(file, head.row, head.indent + 1, head.row, head.indent + 1 + len(head.text))
                hint = "the lines of a script are indented below it"
                found.append(finding(WRONG_COLUMN, 'a script begins with `call "name":` in column 1', span, hint))
                continue
            found += check_blocks(part, file, scripts=True)
            script = reader.read(part, "script")
            if script is not None:
                scripts.append(script)
        found += reader.found
    return CallsResult(tuple(scripts), tuple(sorted(set(found), key=lambda d: (d.span, d.code))))
