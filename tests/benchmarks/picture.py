"""A picture of turns a second beside what people write by hand, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.benchmarks.figures import Figure

_BEFORE, _AFTER = "turns/s, ", ", to bare aiohttp"
_ROW, _LEFT, _WIDE, _RIGHT, _TOP = 26, 370, 340, 60, 58
_MEASURE = "1.00 is a bare aiohttp handler that reads the form and answers a constant document"
_STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.small { font-size: 11px; fill: #57606a }
.ours { fill: #1a7f37 } .theirs { fill: #8c959f } .one { stroke: #57606a; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 }
  .ours { fill: #3fb950 } .theirs { fill: #656c76 } .one { stroke: #9198a1 }
}"""


def picture(figures: Sequence[Figure]) -> str:
    """An SVG with a bar for each figure of turns a second, the quickest first. Ours have a target, others have none."""
    bars = sorted((figure for figure in figures if _is_bar(figure)), key=lambda figure: -figure.value)
    most = max([1.0, *(figure.value for figure in bars)])
    height = _TOP + _ROW * len(bars) + 26
    width = _LEFT + _WIDE + _RIGHT
    one = _LEFT + _WIDE / most
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title">',
        '<title id="title">Turns a second of one worker, to a bare aiohttp handler</title>',
        f"<style>{_STYLE}</style>",
        '<text class="title" x="8" y="22">Turns a second, one worker</text>',
        f'<text class="small" x="8" y="40">{_MEASURE}</text>',
        f'<line class="one" x1="{one:.0f}" x2="{one:.0f}" y1="{_TOP - 8}" y2="{height - 22}"/>',
        f'<text class="small" x="{one:.0f}" y="{height - 8}" text-anchor="middle">1.00</text>',
    ]
    for number, figure in enumerate(bars):
        top = _TOP + _ROW * number
        long = max(1.0, _WIDE * figure.value / most)
        whose = "theirs" if figure.target is None else "ours"
        label = figure.name.removeprefix(_BEFORE).removesuffix(_AFTER)
        label = label if figure.target is None else f"Flowengine, {label}, signed"
        rows += [
            f'<text x="{_LEFT - 10}" y="{top + 13}" text-anchor="end">{escape(label)}</text>',
            f'<rect class="{whose}" x="{_LEFT}" y="{top}" width="{long:.1f}" height="{_ROW - 8}" rx="2"/>',
            f'<text x="{_LEFT + long + 6:.1f}" y="{top + 13}">{figure.value:.2f}</text>',
        ]
    return "\n".join([*rows, "</svg>", ""])


def _is_bar(figure: Figure) -> bool:
    return figure.name.startswith(_BEFORE) and figure.name.endswith(_AFTER)
