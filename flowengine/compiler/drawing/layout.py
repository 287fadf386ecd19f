"""Where the boxes and arrows of a picture stand.

The layers, and the order within them, come from a layout engine (Sugiyama's method); the places come from here, since
boxes differ in size: each box is drawn to the middle of its neighbours, as far as the order lets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from fast_sugiyama import from_edges

GAP = 26.0
"""Space between neighbours in a layer, in pixels."""

_SWEEPS = 24
Component = tuple[Sequence[tuple[int, tuple[float, float]]], float, float, Sequence[tuple[int, int]] | None]

_STRAIGHT = 8.0
"""How much more a point of a long arrow wants to stand below the one before than a box does."""


@dataclass(slots=True)
class Item:
    """Something with a place: a box, a label, or a point that a long arrow goes through. `x` is its middle."""

    width: float
    height: float
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)
    is_point: bool = False


@dataclass(slots=True)
class Layout:
    """The items, the items of each layer from left to right, and of each edge the items that it goes through."""

    items: list[Item]
    layers: list[list[int]]
    chains: list[list[int]]
    tops: list[float]
    bottoms: list[float]


def lay_out(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], between: Sequence[float]) -> Layout:
    """Place boxes.

    Args:
        sizes: width and height of each.
        edges: from and to, as numbers of boxes: none twice, none from a box to itself, and no circle.
        between: the space below the layers, taken in turn.
    """
    items = [Item(width, height) for width, height in sizes]
    chains = [[source, target] for source, target in edges]
    rows: dict[int, list[tuple[float, int]]] = {}
    right = 0.0
    alone = set(range(len(sizes))) - {end for edge in edges for end in edge}
    for positions, width, _, links in _engine(edges):
        rename: dict[int, int] = {}
        highest = max(y for _, (_, y) in positions)
        for name, (x, y) in sorted(positions):
            number = int(name)
            if number >= len(sizes):
                rename[number] = len(items)
                items.append(Item(8.0, 0.0, is_point=True))
            index = rename.get(number, number)
            items[index].layer = round(highest - y)
            rows.setdefault(items[index].layer, []).append((right + x, index))
        _through(chains, [(rename.get(int(a), int(a)), rename.get(int(b), int(b))) for a, b in links or ()], len(sizes))
        right += width + 10
    for index in sorted(alone):
        rows.setdefault(0, []).append((right, index))
        right += 10
    layers = [[index for _, index in sorted(rows[layer])] for layer in sorted(rows)]
    for chain in chains:
        for upper, lower in pairwise(chain):
            items[upper].below.append(lower)
            items[lower].above.append(upper)
    start = 0.0
    for part in _parts(items):
        inside = [here for layer in layers if (here := [index for index in layer if index in part])]
        _columns(items, inside)
        _mirror(items, inside, [chain for chain in chains if chain[0] in part])
        start = _beside(items, part, start)
    tops, bottoms = _rows(items, layers, between)
    return Layout(items, layers, chains, tops, bottoms)


def _parts(items: list[Item]) -> list[set[int]]:
    """What hangs together, in the order of the boxes."""
    parts: list[set[int]] = []
    seen: set[int] = set()
    for first in range(len(items)):
        if first in seen:
            continue
        part = {first}
        todo = [first]
        while todo:
            item = items[todo.pop()]
            for other in (*item.above, *item.below):
                if other not in part:
                    part.add(other)
                    todo.append(other)
        seen |= part
        parts.append(part)
    return parts


def _beside(items: list[Item], part: set[int], start: float) -> float:
    """Move a part so that it begins at `start`; gives where the next one may begin."""
    left = min(items[index].x - items[index].width / 2 for index in part)
    for index in part:
        items[index].x += start - left
    return max(items[index].x + items[index].width / 2 for index in part) + GAP


def _engine(edges: Sequence[tuple[int, int]]) -> list[Component]:
    """The connected parts, each with its places, width, height, and edges through the points of long ones."""
    if not edges:
        return []
    found: list[Any] = from_edges(
        list(edges), vertex_spacing=1, dummy_vertices=True, dummy_size=1, ranking_type="minimize", check_layout=False
    )
    return found


def _through(chains: list[list[int]], links: Sequence[tuple[int, int]], boxes: int) -> None:
    """Put the points that the engine has made into the chains of the edges that go through them."""
    after: dict[int, list[int]] = {}
    for upper, lower in links:
        after.setdefault(upper, []).append(lower)
    long: dict[tuple[int, int], list[int]] = {}
    for upper, lowers in after.items():
        if upper >= boxes:
            continue
        for lower in lowers:
            path = [upper, lower]
            while path[-1] >= boxes:
                path.append(after[path[-1]][0])
            long[upper, path[-1]] = path
    for number, chain in enumerate(chains):
        chains[number] = long.get((chain[0], chain[-1]), chain)


def _columns(items: list[Item], layers: list[list[int]]) -> None:
    for layer in layers:
        x = 0.0
        for index in layer:
            item = items[index]
            item.x = x + item.width / 2
            x += item.width + GAP
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wishes = [_wish(items, index, both=sweep >= _SWEEPS - 4, down=down) for index in layer]
            _settle([items[index] for index in layer], wishes)


def _mirror(items: list[Item], layers: list[list[int]], chains: Sequence[Sequence[int]]) -> None:
    """Turn the whole picture over where that brings more arrows into the order in which they were given."""
    by_source: dict[int, list[float]] = {}
    for chain in chains:
        by_source.setdefault(chain[0], []).append(items[chain[1]].x)
    backwards = sum(
        (right < left) - (right > left) for places in by_source.values() for left, right in pairwise(places)
    )
    if backwards > 0:
        for layer in layers:
            for index in layer:
                items[index].x = -items[index].x


def _wish(items: list[Item], index: int, *, both: bool, down: bool) -> tuple[float, float]:
    """Where an item wants to stand, and how much."""
    item = items[index]
    near = item.above + item.below if both else (item.above if down else item.below)
    if not near:
        return item.x, 0.1
    weights = [_STRAIGHT if item.is_point and items[other].is_point else 1.0 for other in near]
    total = sum(weights)
    return sum(items[other].x * weight for other, weight in zip(near, weights, strict=True)) / total, total


def _settle(items: list[Item], wishes: Sequence[tuple[float, float]]) -> None:
    """Place a layer as near to the wishes as its order and the gaps allow (least squares)."""
    offsets = [0.0]
    for left, right in pairwise(items):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + GAP)
    blocks: list[list[float]] = []  # place, weight, count: neighbours that push each other stand together
    for (wish, weight), offset in zip(wishes, offsets, strict=True):
        blocks.append([wish - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            place, heavy, count = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + place * heavy) / (last[1] + heavy)
            last[1] += heavy
            last[2] += count
    index = 0
    for place, _, count in blocks:
        for _ in range(int(count)):
            items[index].x = place + offsets[index]
            index += 1


def _rows(items: list[Item], layers: list[list[int]], between: Sequence[float]) -> tuple[list[float], list[float]]:
    tops: list[float] = []
    bottoms: list[float] = []
    y = 0.0
    for number, layer in enumerate(layers):
        height = max((items[index].height for index in layer), default=0.0)
        tops.append(y)
        bottoms.append(y + height)
        for index in layer:
            items[index].layer = number
            items[index].y = y
        y += height + between[number % len(between)]
    return tops, bottoms


def without_circles(count: int, edges: Sequence[tuple[int, int]]) -> list[bool]:
    """Of each edge, whether it has to be turned round so that no circle is left: those that lead back to where a walk
    from the first box has come from."""
    after: dict[int, list[int]] = {}
    for number, (source, _) in enumerate(edges):
        after.setdefault(source, []).append(number)
    turned = [False] * len(edges)
    state = [0] * count  # 0 not seen, 1 on the way, 2 done
    for root in range(count):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(after.get(root, ())))]
        while stack:
            box, rest = stack[-1]
            for number in rest:
                target = edges[number][1]
                if state[target] == 1:
                    turned[number] = True
                elif state[target] == 0:
                    state[target] = 1
                    stack.append((target, iter(after.get(target, ()))))
                    break
            else:
                state[box] = 2
                stack.pop()
    return turned
