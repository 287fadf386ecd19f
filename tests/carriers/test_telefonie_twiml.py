"""Every document of every example call, rebuilt with the classes of Twilio's own SDK: the same tree comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from twilio.twiml import TwiML, voice_response

from flowengine.carriers.contract import Reply
from flowengine.cli.over import run_over
from flowengine.compiler.build import build
from flowengine.runtime.engine import Engine
from flowengine.simulator.project import read_scripts

ROOT = Path(__file__).parents[2]
PROJECTS = sorted(path.parent for path in ROOT.glob("examples/*/flowengine.toml"))

SPEECH = {"speak": None, "break": "SsmlBreak", "emphasis": "SsmlEmphasis", "lang": "SsmlLang", "p": "SsmlP"}
SPEECH |= {"prosody": "SsmlProsody", "s": "SsmlS", "say-as": "SsmlSayAs", "sub": "SsmlSub", "w": "SsmlW"}
OURS = {"interdigitTimeout", "typeAhead"}
"""Attributes that TwiML does not have: documented on the carrier's page, and ignored by who does not know them."""


def rebuilt(element: ElementTree.Element) -> TwiML:
    """The element made with the SDK's class of its name, which must know every verb that is nested in it."""
    name = SPEECH.get(element.tag, element.tag)
    assert name is not None
    made: TwiML = getattr(voice_response, "VoiceResponse" if name == "Response" else name)(
        **_text(element), **{_snake(key): value for key, value in element.attrib.items()}
    )
    for child in element:
        made.append(rebuilt(child))
    return made


def _text(element: ElementTree.Element) -> dict[str, Any]:
    text = (element.text or "").strip()
    argument = {"Say": "message", "Play": "url", "Redirect": "url", "Number": "phone_number", "Sip": "sip_url"}
    argument |= {"Conference": "name", "Queue": "name", "Enqueue": "name", "Dial": "number"}
    return {argument[element.tag]: text} if text and element.tag in argument else {}


def _snake(name: str) -> str:
    words = re.sub(r"([A-Z])", r"_\1", name).lower()
    return {"from": "from_"}.get(words, words)


def verbs_of(element: ElementTree.Element) -> list[str]:
    return [child.tag for child in element.iter()]


def known_attributes(element: ElementTree.Element) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(e.tag, sorted((k, v) for k, v in e.attrib.items() if k not in OURS)) for e in element.iter()]


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every TwiML document that an engine gives from now on."""
    kept: list[str] = []
    handle = Engine.handle

    async def keeping(self: Engine, *args: Any) -> Reply:
        reply = await handle(self, *args)
        if reply.body and "xml" in reply.content_type:
            kept.append(reply.body)
        return reply

    monkeypatch.setattr(Engine, "handle", keeping)
    return kept


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_every_document_is_twiml(project: Path, documents: list[str]) -> None:
    built = build(project)
    scripts = read_scripts(built)
    assert scripts.program is not None
    for case in scripts.cases[::2]:
        assert run_over(case, built, scripts.program).failure is None, case.name
    assert documents
    for document in documents:
        ours = ElementTree.fromstring(document)
        theirs = ElementTree.fromstring(str(rebuilt(ours)))
        assert verbs_of(theirs) == verbs_of(ours)
        assert known_attributes(theirs) == known_attributes(ours)
