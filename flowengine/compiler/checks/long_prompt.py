"""FE351: a text too long to listen to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flowengine.compiler.checks.check import Found, each_flow, warning
from flowengine.compiler.model import Checked
from flowengine.expressions.tree import ForPart, IfPart, Part, Template, Text
from flowengine.language import tree
from flowengine.verbs.say import is_ssml

LONGEST = 600
"""Characters; about 40 seconds of speech."""

_TAG = re.compile(r"<[^>]*>")


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for bound in checked.uses(flow):
        value = bound.args.get("text")
        if bound.verb.name != "say" or value is None or not isinstance(value.expr, Template):
            continue
        text = _longest(value.expr.parts)
        if is_ssml(value):
            text = _TAG.sub("", text)
        size = len(" ".join(text.split()))
        if size > LONGEST:
            message = f"this prompt has {size} characters: nobody listens to more than {LONGEST}"
            yield warning("FE351", message, value.expr.span, "say less, or part it with a menu")


def _longest(parts: Iterable[Part]) -> str:
    """The fixed text of a template, where it branches the longest way."""
    text = ""
    for part in parts:
        match part:
            case Text(value=value):
                text += value
            case IfPart(branches=branches, otherwise=otherwise):
                ways = [*(_longest(body) for _, body in branches), _longest(otherwise)]
                text += max(ways, key=len)
            case ForPart(body=body):
                text += _longest(body)
            case _:
                continue
    return text


CHECK = each_flow(("FE351",), _run)
