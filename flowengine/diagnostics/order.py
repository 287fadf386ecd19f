"""The order in which findings are shown."""

from __future__ import annotations

from collections.abc import Iterable

from flowengine.diagnostics.model import Diagnostic


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings by file, line and column, each once.

    Two checks may come to the same finding by different ways; a reader wants to mend it once.
    """
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda finding: (finding.span, finding.code, finding.message))
