"""Writes the pages that are made from the program itself: the verbs and the findings.

`python docs/generate.py` writes them. With `--check` it only tells, by its exit code, whether they are up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from flowengine.diagnostics.pages import CODES, Page
from flowengine.verbs import VERBS
from flowengine.verbs.page import page as verb_page

DOCS = Path(__file__).parent
VERBS_HEAD = """\
# Verbs

How verbs are written is told in [The flow language](language.md#verbs-and-their-outcomes).

"""
FINDINGS_HEAD = """\
# Findings

What `flowengine check` can find. `flowengine explain CODE` shows the same in a terminal.

"""
GROUPS = {
    "FE1": "Syntax",
    "FE2": "Names",
    "FE3": "Values",
    "FE4": "The shape of a flow",
    "FE5": "Carriers",
    "FE6": "Safety",
}


def verbs() -> str:
    """The page of all verbs."""
    names = ", ".join(f"[{verb.name}](#{verb.name})" for verb in VERBS)
    return VERBS_HEAD + "\n".join([f"{names}\n", *(verb_page(verb, level=2) for verb in VERBS)])


def findings() -> str:
    """The page of all codes, by their groups."""
    parts: list[str] = []
    for group, title in GROUPS.items():
        pages = [CODES[code] for code in CODES if code.startswith(group)]
        if pages:
            parts.append(f"## {title}\n")
            parts += [paragraph for page in pages for paragraph in _finding(page)]
    return FINDINGS_HEAD + "\n".join(parts)


def _finding(page: Page) -> Iterator[str]:
    yield f"### {page.code}: {page.title}\n"
    kind = "An error." if page.severity.value == "error" else "A warning."
    yield f"{kind} {page.text}\n"
    for name, example in (("Wrong", page.wrong), ("Right", page.right)):
        yield f"{name}:\n"
        for block in example.blocks:
            yield f"```{block.language}\n{block.text}```\n"


def main() -> int:
    """Write the pages, or check them; gives the exit code."""
    made = {DOCS / "verbs.md": verbs(), DOCS / "findings.md": findings()}
    stale = [path for path, text in made.items() if not path.is_file() or path.read_bytes() != text.encode()]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.name} is not what `make docs` writes", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_bytes(made[path].encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
