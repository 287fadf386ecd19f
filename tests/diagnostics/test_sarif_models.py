"""The SARIF form, held against models of SARIF 2.1.0 that somebody else made from its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import BaseModel
from sarif_pydantic import Sarif

from flowengine.diagnostics.render import RENDERERS, Style
from tests.diagnostics import findings


def test_every_property_is_one_of_sarif() -> None:
    sarif = next(renderer for renderer in RENDERERS if renderer.name == "sarif")
    text = sarif.render(findings.EVERY, findings.SOURCES, Style())
    read = Sarif.model_validate_json(text)
    unknown = {extra for model in _models(read) for extra in (model.model_extra or {})}
    assert unknown <= {"$schema", "columnKind"}, "those two the specification has, and these models have not"
    assert read.version == "2.1.0"
    assert len(read.runs[0].results or []) == len(json.loads(text)["runs"][0]["results"]) == len(findings.EVERY)


def _models(value: object) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from _models(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from _models(item)
