"""A control document before it means anything: names, attributes, text and children, the same for XML and JSON."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

MAX_BYTES = 1_048_576
_MAX_NODES = 10_000


class DocumentError(Exception):
    """A document that cannot be carried out; the message says why, for the one who wrote it."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element, its names in snake case."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Node", ...] = ()


def read(body: bytes, content_type: str) -> tuple[Node, ...]:
    """The verbs of a document; its content type decides between XML and JSON. An empty document has none.

    Raises:
        DocumentError: it is too long, not well-formed, or not shaped like a control document.
    """
    if len(body) > MAX_BYTES:
        raise DocumentError(f"the document is longer than {MAX_BYTES} bytes")
    if not body.strip():
        return ()
    is_json = content_type.split(";")[0].strip().lower().endswith("json")
    try:
        return _read_json(body) if is_json else _read_xml(body)
    except RecursionError:
        raise DocumentError("the document is nested too deeply") from None


def _read_xml(body: bytes) -> tuple[Node, ...]:
    # Entities are declared in a DOCTYPE only, and a control document has none: refused, so nothing can expand.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise DocumentError("the document has a DOCTYPE; none is allowed")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - no DOCTYPE, no entities
    except ElementTree.ParseError as error:
        raise DocumentError(f"the document is no well-formed XML: {error}") from error
    if root.tag != "Response":
        raise DocumentError(f"the document begins with <{root.tag}>, not with <Response>")
    if sum(1 for _ in root.iter()) > _MAX_NODES:
        raise DocumentError(f"the document has more than {_MAX_NODES} elements")
    return tuple(_from_element(child) for child in root)


def _from_element(element: ElementTree.Element) -> Node:
    name = _snake_case(str(element.tag))
    attributes = {_snake_case(key): value for key, value in element.attrib.items()}
    if name == "say":  # Its children are SSML, which is part of its text.
        return Node(name, attributes, _spoken_text(element))
    return Node(name, attributes, (element.text or "").strip(), tuple(_from_element(child) for child in element))


def _spoken_text(element: ElementTree.Element) -> str:
    """The words of a text with SSML in it: a `sub` is spoken as its alias, a break parts words."""
    parts = [element.text or ""]
    for child in element:
        parts.append(child.get("alias") or _spoken_text(child))
        if child.tag in ("break", "p", "s"):
            parts.append(" ")
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.rpartition("}")[2]).lower()


def _read_json(body: bytes) -> tuple[Node, ...]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise DocumentError(f"the document is no JSON: {error}") from error
    actions = document.get("actions") if isinstance(document, dict) else None
    if not isinstance(actions, list):
        raise DocumentError('the document is not {"actions": [...]}')
    return tuple(_from_action(action) for action in actions)


# The keys of the JSON form that hold what is an element's text in XML, and those that hold its children.
_TEXT_KEYS = {
    "say": ("text",),
    "play": ("url",),
    "redirect": ("url",),
    "enqueue": ("queue", "name"),
    "number": ("number", "to"),
    "sip": ("uri",),
    "conference": ("name",),
    "queue": ("name",),
    "dial": ("number", "to"),
}
_CHILD_KEYS: dict[str, dict[str, str | None]] = {
    "gather": {"prompts": None},
    "dial": {"numbers": "number", "sip": "sip", "conference": "conference", "queue": "queue"},
}


def _from_action(action: Any) -> Node:
    if not isinstance(action, dict) or len(action) != 1:
        raise DocumentError("each action is an object with one key, the verb")
    [(name, value)] = action.items()
    return _from_value(str(name), value)


def _from_value(name: str, value: Any) -> Node:
    if isinstance(value, str):
        return Node(name, {}, _plain_speech(name, value))
    if value is None or value is True:
        return Node(name)
    if not isinstance(value, dict):
        raise DocumentError(f"{name} is an object or a text")
    attributes: dict[str, str] = {}
    children: list[Node] = []
    text = ""
    child_keys = _CHILD_KEYS.get(name, {})
    for key, item in value.items():
        if key in child_keys:
            children.extend(_children(child_keys[key], item))
        elif key in _TEXT_KEYS.get(name, ()):
            text = _plain_speech(name, _scalar(key, item))
        elif item is not None:
            attributes[str(key)] = _scalar(key, item)
    return Node(name, attributes, text, tuple(children))


def _children(name: str | None, value: Any) -> list[Node]:
    items = value if isinstance(value, list) else [value]
    return [_from_action(item) if name is None else _from_value(name, item) for item in items]


def _scalar(key: Any, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    raise DocumentError(f"{key} is neither a text nor a number")


def _plain_speech(name: str, text: str) -> str:
    """The words of a `say` whose text is SSML."""
    if name == "say" and text.lstrip().startswith("<speak") and "<!" not in text:
        try:
            return _spoken_text(ElementTree.fromstring(text))  # noqa: S314 - no DOCTYPE, no entities
        except ElementTree.ParseError as error:
            raise DocumentError(f"the SSML of a say is not well-formed: {error}") from error
    return text
