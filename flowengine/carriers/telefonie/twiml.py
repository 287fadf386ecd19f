"""The document as TwiML-compatible XML.

Written by hand, since this is done for every turn of every call; each text passes `clean` and is escaped here and
nowhere else, so that what a caller said or typed never becomes an element.
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

from flowengine.carriers.telefonie.document import Document, Element, clean

CONTENT_TYPE = "application/xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
_QUOTED = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def render(document: Document) -> str:
    """The document as text."""
    parts = [_HEAD]
    for element in document:
        _write(element, parts)
    parts.append("</Response>")
    return "".join(parts)


def _write(element: Element, parts: list[str]) -> None:
    parts.append(f"<{element.name}")
    for name, value in element.attributes:
        parts.append(f' {name}="{escape(clean(value), _QUOTED)}"')
    if not element.text and not element.children:
        parts.append("/>")
        return
    parts.append(">")
    if element.text:
        parts.append(_speech(element.text) if element.markup else escape(clean(element.text)))
    for child in element.children:
        _write(child, parts)
    parts.append(f"</{element.name}>")


def _speech(text: str) -> str:
    """The inside of a `<speak>` document, to stand in a Say; a document that is not well-formed is spoken as text."""
    text = clean(text).strip()
    if "<!" in text or "<?" in text:
        return escape(text)
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no DOCTYPE, so no entities
    except ElementTree.ParseError:
        return escape(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]  # a Say has no namespace
    inside = escape(root.text or "")
    return inside + "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
