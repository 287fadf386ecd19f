"""Findings as SARIF 2.1.0, which code-scanning services and many editors read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from flowengine.diagnostics.model import Diagnostic, Span
from flowengine.diagnostics.pages import CODES
from flowengine.diagnostics.render.model import Renderer, Style
from flowengine.diagnostics.sources import Sources

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://flowengine.readthedocs.io"


def _render(diagnostics: Sequence[Diagnostic], _sources: Sources, _style: Style) -> str:
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "Flowengine", "informationUri": _HOME, "rules": [_rule(c) for c in codes]}},
                # Columns count characters; SARIF's own default is UTF-16 code units.
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"PROJECT": {"description": {"text": "The folder of flowengine.toml"}}},
                "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str) -> dict[str, object]:
    page = CODES.get(code)
    if page is None:  # a code of another package's check
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.text},
        "help": {"text": page.text, "markdown": page.markdown},
        "defaultConfiguration": {"level": page.severity.value},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, object]:
    text = diagnostic.message if diagnostic.hint is None else f"{diagnostic.message}\n{diagnostic.hint}"
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": {"text": text},
        "locations": [_location(diagnostic.span)],
    }
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": label.message}, **_location(label.span)}
            for number, label in enumerate(diagnostic.labels, start=1)
        ]
    return result


def _location(span: Span) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(span.file), "uriBaseId": "PROJECT"},
            "region": {
                "startLine": span.line,
                "startColumn": span.column,
                "endLine": span.end_line,
                "endColumn": span.end_column,
            },
        }
    }


SARIF = Renderer("sarif", "SARIF 2.1.0, for code scanning", _render)
