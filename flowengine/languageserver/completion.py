"""What can be written at a place: decided by the line before the cursor, so that an unfinished line is enough."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lsprotocol import types

from flowengine.compiler.settings import HEADER_SETTINGS
from flowengine.core.reading import RESERVED
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS, TESTS
from flowengine.expressions.signature import Signature
from flowengine.languageserver.projects import Project
from flowengine.languageserver.symbols import Kind
from flowengine.verbs.base import Verb
from flowengine.verbs.page import form, page

STATEMENTS = {
    "if": "Go one way or the other.",
    "elif": "Another condition.",
    "else": "What else.",
    "match": "The first value that is equal.",
    "when": "A choice of a menu, or a value of a match.",
    "on": "Handle an outcome.",
    "set": "Give a variable its value.",
    "run": "Call another flow.",
    "return": "Leave a flow, with a value.",
    "fail": "Leave a flow as failed.",
}

_ARROW = re.compile(r"->\s*\w*$")
_RUN = re.compile(r"(^|\s)run\s+\w*$")
_FILTER = re.compile(r"\|\s*\w*$")
_TEST = re.compile(r"\bis\s+(not\s+)?\w*$")
_ON = re.compile(r"^\s+on\s+(\w+,\s*)*\w*$")
_FIRST = re.compile(r"^\s*\w*$")
_VERB = re.compile(r"^\s+(\w+)\s+(.*)$")
_SCRIPT_FLOW = re.compile(r"^\s+flow\s+\w*$")

SCRIPT_WORDS = {
    "flow": "The flow that the call begins in.",
    "from": "The caller's number.",
    "to": "The number that is called.",
    "at": "When the call begins.",
    "direction": '`"outbound"` for a call that we place.',
    "answered_by": "Who answers an outbound call.",
    "given": "An answer that the call will get.",
    "hear": "The caller hears this.",
    "unheard": "The caller does not hear this.",
    "press": "The caller presses keys.",
    "speak": "The caller says this.",
    "wait": "The caller does nothing.",
    "leave": "The caller leaves a recording.",
    "peer": "What the other side of a transfer does.",
    "expect": "The flow asks for this, or holds this value.",
    "hangup": "The caller hangs up.",
}


def complete(project: Project, file: str, before: str, line: int) -> list[types.CompletionItem]:
    """The items for a cursor behind `before`, in a line that counts from 1."""
    if file.endswith(".call"):
        return _in_script(project, before)
    flow = project.checked.files.get(file)
    owner = "" if flow is None else flow.name.text
    if _ARROW.search(before):
        return _names(project, Kind.STEP, owner, types.CompletionItemKind.Class)
    if _RUN.search(before):
        return _names(project, Kind.FLOW, "", types.CompletionItemKind.Module)
    if _ON.match(before):
        return _outcomes(project, file, line)
    if _in_expression(before):
        if _FILTER.search(before):
            return _signatures(FILTERS, types.CompletionItemKind.Function)
        if _TEST.search(before):
            return _signatures(TESTS, types.CompletionItemKind.Function)
        return _values(project, owner)
    if _FIRST.match(before):
        if not before.startswith((" ", "\t")):
            return []
        return [*_verbs(project), *_words(STATEMENTS), *_settings(project, file, line)]
    verb = _VERB.match(before)
    known = project.checked.verbs.get(verb[1]) if verb else None
    if known is not None and before.count('"') % 2 == 0:
        return [*_arguments(known), *_values(project, owner)]
    return _values(project, owner)


def _in_expression(before: str) -> bool:
    """Inside `{{ }}`, or in a statement that takes an expression."""
    hole = before.rfind("{{") > before.rfind("}}") or before.rfind("{%") > before.rfind("%}")
    statement = re.match(r"^\s+(if|elif|match|return|set\s+[\w.]+\s*=)\s", before) is not None
    return hole or statement or ("(" in before and before.rfind("(") > before.rfind(")"))


def _names(project: Project, kind: Kind, owner: str, shown: types.CompletionItemKind) -> list[types.CompletionItem]:
    names = {s.name for s in project.symbols if s.kind is kind and s.defines and (not owner or s.owner == owner)}
    return [types.CompletionItem(name, kind=shown) for name in sorted(names)]


def _values(project: Project, owner: str) -> list[types.CompletionItem]:
    """What can be read: variables, what every flow reads, functions."""
    own = {s.name for s in project.symbols if s.owner == owner and s.defines and s.kind is not Kind.STEP}
    items = [types.CompletionItem(name, kind=types.CompletionItemKind.Variable) for name in sorted(own)]
    shared = {*RESERVED, *project.build.config.variables}
    items += [types.CompletionItem(name, kind=types.CompletionItemKind.Constant) for name in sorted(shared)]
    return [*items, *_signatures(FUNCTIONS, types.CompletionItemKind.Function)]


def _signatures(catalogue: Mapping[str, Signature], kind: types.CompletionItemKind) -> list[types.CompletionItem]:
    return [types.CompletionItem(name, kind=kind, documentation=catalogue[name].doc) for name in sorted(catalogue)]


def _verbs(project: Project) -> list[types.CompletionItem]:
    return [
        types.CompletionItem(
            verb.name,
            kind=types.CompletionItemKind.Keyword,
            detail=form(verb),
            documentation=types.MarkupContent(types.MarkupKind.Markdown, page(verb)),
        )
        for verb in project.checked.verbs.values()
    ]


def _words(words: dict[str, str]) -> list[types.CompletionItem]:
    return [types.CompletionItem(w, kind=types.CompletionItemKind.Keyword, detail=doc) for w, doc in words.items()]


def _settings(project: Project, file: str, line: int) -> list[types.CompletionItem]:
    """The settings of a header, above the first step."""
    flow = project.checked.files.get(file)
    if flow is None or any(step.name.span.line < line for step in flow.steps):
        return []
    return [types.CompletionItem(name, kind=types.CompletionItemKind.Property) for name in sorted(HEADER_SETTINGS)]


def _arguments(verb: Verb) -> list[types.CompletionItem]:
    return [
        types.CompletionItem(
            f"{argument.name}=", kind=types.CompletionItemKind.Field, detail=argument.shown, documentation=argument.doc
        )
        for argument in verb.options
    ]


def _outcomes(project: Project, file: str, line: int) -> list[types.CompletionItem]:
    """The outcomes of the verb that the line stands in; in a header, the flow-wide ones."""
    lines = project.text(file).split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    indent = len(row) - len(row.lstrip())
    for above in range(line - 2, -1, -1):
        text = lines[above]
        if not text.strip() or len(text) - len(text.lstrip()) >= indent:
            continue
        word = text.split()[0].rstrip(":")
        verb = project.checked.verbs.get(word)
        if verb is not None:
            return _words({outcome.name: outcome.doc for outcome in verb.outcomes})
        if word == "run":
            return _words({"failed": "The flow failed."})
        break
    header = {
        "failed": "Tries are spent.",
        "error": "Something went wrong.",
        "press": "A key.",
        "hangup": "The caller left.",
    }
    return _words(header)


def _in_script(project: Project, before: str) -> list[types.CompletionItem]:
    if _SCRIPT_FLOW.match(before):
        return _names(project, Kind.FLOW, "", types.CompletionItemKind.Module)
    if re.match(r"^\s+expect\s+\w*$", before):
        return _verbs(project)
    if _FIRST.match(before) and before.startswith((" ", "\t")):
        return _words(SCRIPT_WORDS)
    return []
