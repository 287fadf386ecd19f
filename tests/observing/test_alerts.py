"""The alerts: every rule is about metrics that exist, and a bucket that is counted."""

from __future__ import annotations

from typing import Any

import yaml

from flowengine.runtime.observing.families import Histogram
from flowengine.runtime.observing.metrics import Metrics
from tests.house.project import ROOT
from tests.observing.test_dashboard import DASHBOARD, NAME

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "deployment" / "alerts.yaml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in DOCUMENT["groups"] for rule in group["rules"]]


def test_every_metric_of_a_rule_exists() -> None:
    known = {NAME.search(target["expr"])[0] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])}  # type: ignore[index]
    for family in Metrics().families:
        ends = ("_bucket", "_count") if isinstance(family, Histogram) else ("_total",)
        known.update(family.name + end for end in ends)
    asked = {name for rule in RULES for name in NAME.findall(rule["expr"])}
    assert asked <= known
    assert len(asked) > 6


def test_the_bucket_of_slow_answers_is_one_that_is_counted() -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == "FlowengineSlowAnswers"]
    bounds = {f'le="{bound}"' for bound in Metrics().webhook_seconds.bounds}
    assert any(bound in rule["expr"] for bound in bounds)


def test_every_rule_says_what_it_means_and_whom_it_wakes() -> None:
    for rule in RULES:
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("page", "look")
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
