"""The way through points that weighs most."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowengine.compiler.analysis.project_paths import Following, circles


def longest(size: int, following: Following, start: int, weigh: Callable[[Sequence[int]], int]) -> int:
    """What the heaviest way from `start` weighs; a group of points that lead back to themselves is gone through once.

    Args:
        size: how many points there are.
        following: the points right after a point.
        start: where the ways begin.
        weigh: what a group of points weighs together.
    """
    groups = circles(size, following, [start])
    group_of = {point: group for group in groups for point in group}
    known: dict[int, int] = {}
    work = [start]
    while work:
        point = work[-1]
        group = group_of.get(point, [point])
        if group[0] in known:
            work.pop()
            continue
        inside = set(group)
        after = [target for member in group for target in following(member) if target not in inside]
        heads = [group_of.get(target, [target])[0] for target in after]
        waiting = [head for head in heads if head not in known]
        if waiting:
            work += waiting
            continue
        known[group[0]] = weigh(group) + max((known[head] for head in heads), default=0)
        work.pop()
    return known[group_of.get(start, [start])[0]]
