"""The page of a verb, in Markdown: for `flowengine explain VERB` and for the documents."""

from __future__ import annotations

from collections.abc import Iterable

from flowengine.verbs.base import REQUIRED, Argument, Outcome, Verb


def page(verb: Verb, level: int = 1) -> str:
    """Everything an author needs to use `verb`. `level` is that of the heading: 1 for a page of its own."""
    parts = [f"{'#' * level} {verb.name}", verb.summary]
    if verb.doc:
        parts.append(verb.doc.strip())
    parts.append(_fenced("text", form(verb)))
    if verb.binds is not None:
        parts.append(f"NAME becomes {verb.binds.doc.rstrip('.')}.")
    if verb.arguments:
        parts.append(_table(("argument", "default", ""), map(_argument, verb.arguments)))
    if verb.outcomes:
        parts.append(_table(("outcome", "without a handler", ""), map(_outcome, verb.outcomes)))
    parts += _remarks(verb)
    parts.append(_fenced("flow", verb.example.strip()))
    return "\n\n".join(parts) + "\n"


def form(verb: Verb) -> str:
    """How the verb is written: `gather NAME digits=…`."""
    words = [verb.name]
    if verb.binds is not None:
        words.append("NAME" if verb.binds.required else "[NAME]")
    for argument in verb.positional:
        name = argument.name.upper()
        words.append(name if argument.default is REQUIRED else f"[{name}]")
    words += [f"{argument.name}=…" for argument in verb.options]
    return " ".join(words)


def _argument(argument: Argument) -> tuple[str, str, str]:
    name = argument.name.upper() if argument.positional else f"{argument.name}="
    default = "required" if argument.default is REQUIRED else argument.shown
    return f"`{name}`", default, f"{argument.doc.rstrip('.')} ({argument.kind.expected})."


def _outcome(outcome: Outcome) -> tuple[str, str, str]:
    return f"`{outcome.name}`", outcome.then.value, outcome.doc


def _remarks(verb: Verb) -> list[str]:
    remarks: list[str] = []
    if verb.leaves:
        remarks.append("Nothing comes after it.")
    if verb.prompt:
        remarks.append("It may stand among the prompts of a menu, gather, record or queue.")
    if verb.alone:
        remarks.append("It needs no caller, so `on hangup` may use it.")
    return [" ".join(remarks)] if remarks else []


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [_row(head), _row("---" for _ in head), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"
