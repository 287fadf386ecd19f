"""`parse_calls`: the text of a `.call` file becomes scripts and findings; whatever the text is, nothing is raised."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.diagnostics import Diagnostic, Span
from flowengine.language import call_tree
from flowengine.language.grammar import grammar
from flowengine.language.parser import Part, PartParser
from flowengine.language.problems import finding
from flowengine.language.texts import prepare


@dataclass(frozen=True, slots=True)
class CallsResult:
    """What became of a file of call scripts."""

    scripts: tuple[call_tree.Script, ...]
    diagnostics: tuple[Diagnostic, ...]


def parse_calls(text: str, file: str) -> CallsResult:
    """Parse a file of call scripts; `file` is its name in spans."""
    text, found = prepare(text, file)
    if found:
        return CallsResult((), tuple(found))
    scripts: list[call_tree.Script] = []
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line and line[0] not in " #)]}"]
    with grammar().lock:
        parser = PartParser(file, grammar(), scripts=True)
        for index, begin in enumerate(starts):
            if not lines[begin].startswith("call"):
                span = Span(file, begin + 1, 1, begin + 1, len(lines[begin].rstrip()) + 1)
                parser.found.append(finding("FE118", 'a script begins with `call "name":`', span))
                continue
            end = starts[index + 1] if index + 1 < len(starts) else len(lines)
            scripts += parser.parse(Part(begin, "\n".join(lines[begin:end])), "calls") or ()
    return CallsResult(tuple(scripts), tuple(sorted(set(parser.found), key=lambda d: (d.span, d.code))))
