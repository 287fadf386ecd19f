"""Projects with catalogues, as texts, and what a caller hears of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowengine.compiler.build import Build, build_sources
from flowengine.compiler.sources import Sources
from flowengine.core.commands import Command
from flowengine.core.events import Started
from flowengine.core.machine import Turn, begin, step
from flowengine.core.session import Facts

STARTED = 1_795_000_000.0
APOLOGY = 'msgid "Sorry."\nmsgstr "…"\n\n'
CONFIG = '[settings]\napology = "Sorry."\n\n[sms]\nallow = ["+1555*"]\n\n[transfer]\nallow = ["+1555*"]\n'


def file_of(language: str) -> str:
    return f"locale/{language}/LC_MESSAGES/flows.po"


def project(
    flow: str, catalogues: Mapping[str, str], *, audio: tuple[str, ...] = (), config: str = CONFIG, apology: bool = True
) -> Build:
    """A project of one flow; catalogues by language, with the apology translated so that only the rest is found."""
    texts = {file_of(language): (APOLOGY if apology else "") + text for language, text in catalogues.items()}
    return build_sources(
        Sources(Path("translated"), config, {"flows/main.flow": flow}, {}, frozenset(audio), catalogues=texts)
    )


def lines(*statements: str, header: str = "flow main") -> str:
    """A flow of one step with these statements, which hangs up at its end."""
    body = "".join(f"    {statement}\n" for statement in (*statements, "hangup"))
    return f"{header}\n\nstart:\n{body}"


def turn(built: Build, **arguments: Any) -> Turn:
    """The first turn of a call into the flow `main`."""
    assert built.program is not None, built.diagnostics
    facts = Facts("call-1", "+15557650001", "+15551230000", "inbound", "test", STARTED)
    _, made = step(built.program, begin(built.program, "main", facts, arguments), Started(STARTED))
    assert made is not None
    return made


def heard(built: Build, **arguments: Any) -> list[Command]:
    """What a caller hears before the first wait, the answering left out."""
    return list(turn(built, **arguments).commands[1:])


def found(built: Build) -> list[tuple[str, str, int, str]]:
    """Code, file, line and underlined text of every finding."""
    places = []
    for finding in built.diagnostics:
        span = finding.span
        row = built.sources.texts[span.file].split("\n")[span.line - 1]
        places.append((finding.code, span.file, span.line, row[span.column - 1 : span.end_column - 1]))
    return places
