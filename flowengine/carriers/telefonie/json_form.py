"""The document as JSON, `{"actions": [{"say": {"text": …}}, …]}`: the same verbs, in snake case."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from flowengine.carriers.telefonie.document import Document, Element, clean

CONTENT_TYPE = "application/json"
_TEXT_NAMES = {
    "Say": "text",
    "Play": "url",
    "Redirect": "url",
    "Enqueue": "queue",
    "Number": "number",
    "Sip": "uri",
    "Conference": "name",
    "Queue": "name",
}
_MANY = {"Number": "numbers", "Sip": "sip"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=256)
def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()


def render(document: Document) -> str:
    """The document as text."""
    return msgspec.json.encode({"actions": [_action(element) for element in document]}).decode()


def _action(element: Element) -> dict[str, Any]:
    return {_snake(element.name): _value(element)}


def _value(element: Element) -> dict[str, Any]:
    value: dict[str, Any] = {_snake(name): clean(text) for name, text in (*element.attributes, *element.links)}
    if element.text:
        value[_TEXT_NAMES[element.name]] = clean(element.text)
    if element.name == "Gather":
        value["prompts"] = [_action(child) for child in element.children]
        return value
    for child in element.children:
        if child.name in _MANY:
            value.setdefault(_MANY[child.name], []).append(_value(child))
        else:
            value[_snake(child.name)] = _value(child)
    return value
