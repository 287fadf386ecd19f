"""The forms in which findings are shown: one file a form."""

from flowengine.diagnostics.render.github import GITHUB
from flowengine.diagnostics.render.json import JSON
from flowengine.diagnostics.render.model import Renderer, Style
from flowengine.diagnostics.render.sarif import SARIF
from flowengine.diagnostics.render.text import TEXT

RENDERERS: tuple[Renderer, ...] = (TEXT, JSON, GITHUB, SARIF)

__all__ = ["RENDERERS", "Renderer", "Style"]
