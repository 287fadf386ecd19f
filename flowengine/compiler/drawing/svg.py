"""The chart as SVG: one file that needs no other, for light and dark pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from flowengine.compiler.drawing.chart import HANDLER, RUN, SUBFLOW, Chart, Edge, Node, Row, shortened
from flowengine.compiler.drawing.layout import Layout, lay_out, without_circles

_MARGIN = 24.0
_WIDTH = 250.0
_PADDING = 12.0
_TITLE = 26.0
_ROW = 17.0
_MOST_ROWS = 8
_LABEL_ROW = 15.0
_MOST_LABELS = 3
_MOST_OF_A_LABEL = 30
_BETWEEN = (30.0, 30.0)
_STUB = 7.0
_PORT = 22.0
_BUSY = 6
"""Ways into one step above which, in a large flow, they are drawn as signs: `→ goodbye`."""
_LARGE = 16
_WIDE = 2400.0


_ARROW_HEAD = """\
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" \
orient="auto-start-reverse"><path class="head" d="M0 1 10 5 0 9z"/></marker></defs>"""


@dataclass(slots=True)
class _Text:
    """A line of text in a box; `kind` is that of its row."""

    kind: str
    text: str


@dataclass(slots=True)
class _Box:
    """A box of the picture: a node, or a sign that points to one that is elsewhere."""

    node: Node
    sign: bool = False
    texts: list[_Text] = field(default_factory=list)

    @property
    def width(self) -> float:
        if self.sign or (self.node.kind == HANDLER and not self.texts):
            return _measured(self.node.title, 13) + 38
        return _WIDTH

    @property
    def height(self) -> float:
        if self.sign:
            return 24.0
        return _TITLE + (len(self.texts) * _ROW + 8 if self.texts else 4)


@dataclass(slots=True)
class _Arrow:
    """An edge with its label; `turned` is drawn upwards."""

    edge: Edge
    source: int
    target: int
    dashed: bool
    turned: bool = False

    @property
    def labels(self) -> list[str]:
        labels = [shortened(label, _MOST_OF_A_LABEL) for label in self.edge.labels]
        if len(labels) > _MOST_LABELS:
            labels = [*labels[: _MOST_LABELS - 1], f"and {len(labels) - _MOST_LABELS + 1} more"]
        return labels


def render(chart: Chart) -> str:
    """The picture, as the text of an SVG file."""
    boxes, arrows = _parts(chart)
    turned = without_circles(len(boxes), [(arrow.source, arrow.target) for arrow in arrows])
    for arrow, around in zip(arrows, turned, strict=True):
        arrow.turned = around
    sizes = [(box.width, box.height) for box in boxes]
    sizes += [_label_size(arrow) for arrow in arrows]
    edges: list[tuple[int, int]] = []
    for number, arrow in enumerate(arrows):
        upper, lower = (arrow.target, arrow.source) if arrow.turned else (arrow.source, arrow.target)
        edges += [(upper, len(boxes) + number), (len(boxes) + number, lower)]
    drawing = _Drawing(chart, boxes, arrows, lay_out(sizes, edges, _BETWEEN), across=False)
    width, height = drawing.size
    if width > _WIDE and width > height:
        # Screens scroll downwards: a flow with many steps side by side is turned, and reads from left to right.
        turned_sizes = [(height, width) for width, height in sizes]
        drawing = _Drawing(chart, boxes, arrows, lay_out(turned_sizes, edges, _BETWEEN), across=True)
    return drawing.text()


def _parts(chart: Chart) -> tuple[list[_Box], list[_Arrow]]:
    """Boxes and arrows. Of ways into a step to which many lead, all but the first few become signs."""
    boxes = [_Box(node, texts=list(_texts(node))) for node in _in_order(chart)]
    numbers = {box.node.id: number for number, box in enumerate(boxes)}
    handlers = {node.id for node in chart.nodes if node.kind == HANDLER}
    busy = Counter(edge.target for edge in chart.edges)
    large = len(chart.nodes) > _LARGE
    drawn: Counter[str] = Counter()
    arrows: list[_Arrow] = []
    for edge in chart.edges:
        dashed = edge.kind == RUN or edge.source in handlers
        source, target = numbers[edge.source], numbers[edge.target]
        drawn[edge.target] += 1
        far = large and target < source
        if large and (far or (busy[edge.target] > _BUSY and drawn[edge.target] > 1)):
            boxes.append(_Box(boxes[target].node, sign=True))
            target = len(boxes) - 1
        arrows.append(_Arrow(edge, source, target, dashed))
    return boxes, arrows


def _in_order(chart: Chart) -> list[Node]:
    """The steps first: where the call begins is where the picture begins."""
    return sorted(chart.nodes, key=lambda node: node.kind == HANDLER)


def _texts(node: Node) -> Iterable[_Text]:
    found: list[_Text] = []
    for row in node.rows:
        found += _wrapped(row)
    if len(found) > _MOST_ROWS:
        found = [*found[: _MOST_ROWS - 1], _Text("more", "…")]
    return found


def _wrapped(row: Row) -> list[_Text]:
    signs = {"end": "■ ", "again": "↺ ", "prompt": "", "verb": "▸ "}
    sign = signs.get(row.kind, "")
    lines = 2 if row.kind == "prompt" else 1
    room = _WIDTH - 2 * _PADDING - 6
    found: list[_Text] = []
    line = sign
    words = row.text.split()
    for place, word in enumerate(words):
        longer = f"{line}{word}" if line in ("", sign) else f"{line} {word}"
        if _measured(longer, 11.5) <= room or line in ("", sign):
            line = longer
            continue
        if len(found) + 1 == lines:
            line = _cut(" ".join([line, *words[place:]]), room)
            break
        found.append(_Text(row.kind, line))
        line = word
    return [*found, _Text(row.kind, _cut(line, room))]


def _cut(text: str, room: float) -> str:
    if _measured(text, 11.5) <= room:
        return text
    while text and _measured(f"{text}…", 11.5) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _measured(text: str, size: float) -> float:
    """About how wide a text is: the reader's fonts are not known, so rather too much than too little."""
    return sum(_cell(char) for char in text) * size


def _cell(char: str) -> float:
    if east_asian_width(char) in "WF":
        return 1.05
    if char in "il.,:;'|!()[]{}· ":
        return 0.33
    if char.isupper() or char in "mw—…@%":
        return 0.74
    return 0.64 if char.isdigit() or char in "+_" else 0.57


def _label_size(arrow: _Arrow) -> tuple[float, float]:
    labels = arrow.labels
    if not labels:
        return 8.0, 0.0
    return max(_measured(label, 11) for label in labels) + 14, len(labels) * _LABEL_ROW + 4


class _Drawing:
    """The picture of a layout. With `across`, its layers stand side by side instead of below each other."""

    def __init__(self, chart: Chart, boxes: list[_Box], arrows: list[_Arrow], layout: Layout, *, across: bool) -> None:
        self.chart = chart
        self.boxes = boxes
        self.arrows = arrows
        self.layout = layout
        self.across = across

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        along = max((item.x + item.width / 2 for item in self.layout.items), default=0.0) + 2 * _MARGIN
        through = max(self.layout.bottoms, default=0.0) + 2 * _MARGIN
        return (through, along) if self.across else (along, through)

    def text(self) -> str:
        width, height = self.size
        style = files("flowengine.compiler.drawing").joinpath("picture.css").read_text("utf-8")
        steps = sum(node.kind == "step" for node in self.chart.nodes)
        size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
        rows = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" {size}>',
            f'<title id="title">The call flow {escape(self.chart.flow)}</title>',
            f'<desc id="desc">{escape(self._description(steps))}</desc>',
            f"<style>\n{style}</style>",
            _ARROW_HEAD,
            '<rect class="page" width="100%" height="100%"/>',
            f'<g transform="translate({_MARGIN:g} {_MARGIN:g})">',
            *self._arrows(),
            *(self._box(number, box) for number, box in enumerate(self.boxes)),
            "</g>",
            "</svg>",
        ]
        return "".join(f"{row}\n" for row in rows)

    def _place(self, number: int) -> tuple[float, float, float, float]:
        """Left, top, width and height of an item in the picture."""
        item = self.layout.items[number]
        start = item.x - item.width / 2
        return (item.y, start, item.height, item.width) if self.across else (start, item.y, item.width, item.height)

    def _point(self, along: float, through: float) -> str:
        return f"{through:.1f} {along:.1f}" if self.across else f"{along:.1f} {through:.1f}"

    def _description(self, steps: int) -> str:
        ways = []
        for edge in self.chart.edges:
            by = f" ({', '.join(edge.labels)})" if edge.labels else ""
            ways.append(f"{_name(edge.source)} to {_name(edge.target)}{by}")
        return f"{steps} steps. " + "; ".join(ways)

    # ------------------------------------------------------------------------------------------------------------ boxes

    def _box(self, number: int, box: _Box) -> str:
        x, y, width, height = self._place(number)
        node = box.node
        anchor = _anchor(node)
        if box.sign:
            shape = _rect("outline", x, y, width, height, 12)
            pointer = _line("target", x + width / 2, y + 16, f"→ {node.title}", "middle")
            title = f"<title>goes on at {escape(node.title)}</title>"
            return f'<a href="#{anchor}"><g class="sign">{title}{shape}{pointer}</g></a>'
        classes = " ".join([node.kind, *(["start"] if node.start else []), *(["listens"] if node.listens else [])])
        rows = [f"<g id={quoteattr(anchor)} class={quoteattr(classes)}><title>{escape(_whole(node))}</title>"]
        rows.append(_rect("box", x, y, width, height, 8))
        if node.kind == SUBFLOW:
            rows.append(_rect("inner", x + 4, y + 4, width - 8, height - 8, 5))
        elif node.listens:
            rows.append(_rect("bar", x, y + 8, 4, height - 16, 0))
        title = f"run {node.title}" if node.kind == SUBFLOW else node.title
        rows.append(_line("title", x + _PADDING, y + 19, shortened(title, 32)))
        for place, text in enumerate(box.texts):
            rows.append(_line(text.kind, x + _PADDING, y + _TITLE + place * _ROW + 13, text.text))
        return "".join([*rows, "</g>"])

    # ----------------------------------------------------------------------------------------------------------- arrows

    def _arrows(self) -> Iterable[str]:
        chains = [self._chain(number) for number in range(len(self.arrows))]
        starts, ends = self._ports(chains)
        labels: list[str] = []
        for number, arrow in enumerate(self.arrows):
            path = self._path(chains[number], starts[number], ends[number])
            marker = 'marker-start="url(#arrow)"' if arrow.turned else 'marker-end="url(#arrow)"'
            kind = "way dashed" if arrow.dashed else "way"
            yield f'<path class="{kind}" d="{path}" {marker}/>'
            labels += self._label(number, arrow)
        yield from labels

    def _chain(self, number: int) -> list[int]:
        """The items that an arrow goes through, from above to below."""
        first, second = self.layout.chains[2 * number : 2 * number + 2]
        return [*first, *second[1:]]

    def _ports(self, chains: list[list[int]]) -> tuple[list[float], list[float]]:
        """Where each arrow touches its boxes: side by side, in the order of where they go."""
        items = self.layout.items
        found: list[list[float]] = [[0.0] * len(chains), [0.0] * len(chains)]
        for side, (box_at, next_at) in enumerate(((0, 1), (-1, -2))):
            by_box: dict[int, list[int]] = {}
            for number, chain in enumerate(chains):
                by_box.setdefault(chain[box_at], []).append(number)
            for box, numbers in by_box.items():
                numbers.sort(key=lambda number: items[chains[number][next_at]].x)
                step = min(_PORT, (items[box].width - 24) / len(numbers))
                for place, number in enumerate(numbers):
                    found[side][number] = items[box].x + (place - (len(numbers) - 1) / 2) * step
        return found[0], found[1]

    def _path(self, chain: list[int], start: float, end: float) -> str:
        """Down through the layers: straight beside what stands in them, curved between them."""
        layout, items = self.layout, self.layout.items
        first, last = items[chain[0]], items[chain[-1]]
        along = start
        d = [f"M{self._point(along, first.y + first.height)}"]
        through = layout.bottoms[first.layer] + _STUB
        d.append(f"L{self._point(along, through)}")
        for index in chain[1:-1]:
            item = items[index]
            d.append(self._curve(along, through, item.x, layout.tops[item.layer]))
            along, through = item.x, layout.bottoms[item.layer]
            d.append(f"L{self._point(along, through)}")
        d += [self._curve(along, through, end, last.y - _STUB), f"L{self._point(end, last.y)}"]
        return "".join(d)

    def _curve(self, along: float, through: float, to_along: float, to_through: float) -> str:
        middle = (through + to_through) / 2
        points = ((along, middle), (to_along, middle), (to_along, to_through))
        return "C" + " ".join(self._point(*point) for point in points)

    def _label(self, number: int, arrow: _Arrow) -> Iterable[str]:
        labels = arrow.labels
        if not labels:
            return
        x, y, width, height = self._place(len(self.boxes) + number)
        whole = escape(" / ".join(arrow.edge.labels))
        yield f'<g class="label"><title>{whole}</title>{_rect("ground", x, y, width, height, 5)}'
        for place, label in enumerate(labels):
            yield _line("by", x + width / 2, y + 13 + place * _LABEL_ROW, label, "middle")
        yield "</g>"


def _rect(kind: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}"/>'


def _line(kind: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _name(identity: str) -> str:
    kind, _, name = identity.partition(":")
    return {"on": f"on {name}", "flow": f"the flow {name}"}.get(kind, name)


def _anchor(node: Node) -> str:
    return "".join(char if char.isalnum() else "-" for char in node.id)


def _whole(node: Node) -> str:
    return "\n".join([node.title, *(row.text for row in node.rows)])
