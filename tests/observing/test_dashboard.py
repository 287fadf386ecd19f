"""The dashboard: every query is about metrics that exist, by labels that they have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from prometheus_client import parser

from flowengine.runtime.observing.families import Histogram
from flowengine.runtime.observing.metrics import Metrics
from tests.house.project import ROOT
from tests.observing.stage import read, watched_project, whole_call
from tests.server.stage import running

DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs" / "deployment" / "grafana.json").read_text("utf-8"))
NAME = re.compile(r"\bflowengine_[a-z_]+")
GROUPING = re.compile(r"\bby \(([^)]*)\)")
MATCHER = re.compile(r"(\w+)\s*=~?\s*\"")
OF_THE_TARGET = {"instance", "job"}


def queries() -> list[str]:
    """The queries of all panels, and of the variables."""
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    return [*panels, *(each["query"]["query"] for each in DASHBOARD["templating"]["list"] if each["type"] == "query")]


async def shown(root: Path) -> set[str]:
    """The names of all samples that a server shows after a call, and of those that need more than a call."""
    async with running(watched_project(root)) as (server, caller):
        await whole_call(caller)
        _, text = await read(caller.client, server.url)
    names = {sample.name for family in parser.text_string_to_metric_families(text) for sample in family.samples}
    for family in Metrics().families:
        ends = ("_bucket", "_sum", "_count") if isinstance(family, Histogram) else ("_total",)
        assert f"# HELP {family.name}" in text
        names.update(family.name + end for end in ends)
    return names


async def test_every_metric_of_a_query_exists(tmp_path: Path) -> None:
    asked = {name for query in queries() for name in NAME.findall(query)}
    names = await shown(tmp_path)
    assert len(asked) > 15
    assert asked <= names


def test_every_label_of_a_query_exists() -> None:
    labels: dict[str, set[str]] = {}
    for family in Metrics().families:
        for end in ("_bucket", "_sum", "_count", "_total"):
            labels[family.name + end] = {*family.labels, *(["le"] if end == "_bucket" else [])}
    for query in queries():
        known = {label for name in NAME.findall(query) for label in labels.get(name, set())} | OF_THE_TARGET
        known |= {"version"} if "_info" in query else set()
        used = {label.strip() for group in GROUPING.findall(query) for label in group.split(",")}
        assert used | set(MATCHER.findall(query)) <= known, query


def test_no_metric_is_left_out() -> None:
    asked = {name for query in queries() for name in NAME.findall(query)}
    for family in Metrics().families:
        assert any(name.startswith(family.name) for name in asked), family.name


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_metrics_of_the_page_are_those_that_exist() -> None:
    page = (ROOT / "docs" / "observability.md").read_text("utf-8")
    told = {name.removesuffix("_total") for name in NAME.findall(page)}
    assert {family.name for family in Metrics().families} <= told


def test_the_labels_of_the_page_are_those_that_exist() -> None:
    page = (ROOT / "docs" / "observability.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| `flow")
    ]
    told = {name.strip("`").removesuffix("_total"): labels for name, labels, _ in rows}
    for family in Metrics().families:
        assert told[family.name] == ", ".join(family.labels), family.name
