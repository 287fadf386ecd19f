"""Every node knows where it stands, also inside of texts: after escapes, over several lines, and in nested brackets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import Struct

from flowengine.diagnostics import Span
from flowengine.expressions import tree as ex
from flowengine.language import tree
from flowengine.language.parser import parse_flow
from tests.strategies.flows import flow_texts

ROOT = Path(__file__).resolve().parents[2]
FLOWS = sorted(path for folder in ("examples", "tests/language_reference") for path in (ROOT / folder).rglob("*.flow"))


def at(text: str, span: Span) -> str:
    """What stands at a place."""
    rows = text.split("\n")[span.line - 1 : span.end_line]
    rows[-1] = rows[-1][: span.end_column - 1]
    rows[0] = rows[0][span.column - 1 :]
    return "\n".join(rows)


def bare(written: str) -> str:
    """An expression without the parentheses around it, which are part of its place."""
    while written.startswith("(") and written.endswith(")"):
        written = written[1:-1].strip()
    return written


def nodes(node: Any) -> Iterator[Any]:
    """A tree's nodes, the tree itself first."""
    if isinstance(node, tuple):
        for child in node:
            yield from nodes(child)
    elif isinstance(node, Struct) and not isinstance(node, Span):
        yield node
        for field in node.__struct_fields__:
            yield from nodes(getattr(node, field))


def check(text: str) -> int:
    """Hold each node against the text at its place; gives how many were."""
    result = parse_flow(text, "a.flow")
    assert result.diagnostics == ()
    count = 0
    for node in nodes(result.flow):
        written = bare(at(text, node.span)) if hasattr(node, "span") else ""
        match node:
            case tree.Word(text=expected) | ex.Name(name=expected) | tree.Comment(text=expected):
                assert written == expected
            case ex.Literal(text=expected) | ex.Duration(text=expected):
                assert written == bare(expected)
            case ex.Attribute(key=key, key_span=key_span):
                assert at(text, key_span) == key
                assert written.endswith(key)
            case ex.Filter(name=name, name_span=name_span) | ex.Test(name=name, name_span=name_span):
                assert at(text, name_span) == name
            case ex.Hole():
                assert written.startswith("{{")
                assert written.endswith("}}")
            case ex.ListOf():
                assert (written[0], written[-1]) == ("[", "]")
            case ex.Template():
                assert written[0] == written[-1] == '"'
            case ex.Call(function=function):
                assert written.startswith(f"{function.name}(")
                assert written.endswith(")")
            case tree.Verb(name=name) | tree.Step(name=name):
                assert written.startswith(name.text)
            case _:
                continue
        count += 1
    return count


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_places_in_real_flows(path: Path) -> None:
    assert check(path.read_text("utf-8")) > 3


@settings(max_examples=60)
@given(flow_texts())
def test_places_in_generated_flows(text: str) -> None:
    assert check(text.replace("\r\n", "\n")) > 1


def test_places_in_texts() -> None:
    text = (
        "flow a\n\nstart:\n"
        '    say "\\u263A \\"q\\" {{ first }} {% if second %}{{ third | upper }}{% endif %}" loop=(fourth)\n'
        '    say """\n      one {{ fifth }}\n\n        \\n {{ six["k"]\n  | upper }} '
        '{% for x in seventh %}{{ x }}{% endfor %}\n    """\n'
    )
    assert check(text) > 15
    names = {
        node.name: bare(at(text, node.span)) for node in nodes(parse_flow(text, "a").flow) if isinstance(node, ex.Name)
    }
    assert names == {name: name for name in ("first", "second", "third", "fourth", "fifth", "six", "x", "seventh")}


@pytest.mark.parametrize("before", ["", "\\\\ \\n ", "{{ ok }} ", '{{ {"a": 1} }} '])
def test_findings_in_texts(before: str) -> None:
    text = f'flow a\n\nstart:\n    say """\n\n      {before}{{{{ a ** b }}}}\n    """\n'
    [finding] = parse_flow(text, "a.flow").diagnostics
    assert (finding.code, finding.span.line) == ("FE117", 6)
    assert finding.span.column == text.split("\n")[5].index("*") + 2
