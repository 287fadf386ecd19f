"""The forms for programs: JSON, GitHub annotations, SARIF."""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from flowengine.diagnostics import Diagnostic, Severity, Sources, Span
from flowengine.diagnostics.pages import CODES
from flowengine.diagnostics.render import RENDERERS, Renderer, Style
from tests.diagnostics import findings

BY_NAME = {renderer.name: renderer for renderer in RENDERERS}


def rendered(name: str, *diagnostics: Diagnostic) -> str:
    return BY_NAME[name].render(diagnostics, findings.SOURCES, Style())


def sarif_run(*diagnostics: Diagnostic) -> dict[str, Any]:
    log = json.loads(rendered("sarif", *diagnostics))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    return dict(run)


def test_names_are_those_of_the_command_line() -> None:
    assert [renderer.name for renderer in RENDERERS] == ["text", "json", "github", "sarif"]
    assert all(renderer.summary for renderer in RENDERERS)


@pytest.mark.parametrize("name", ["json", "github"])
def test_snapshot(name: str, snapshot: SnapshotAssertion) -> None:
    assert rendered(name, *findings.EVERY) == snapshot


def test_sarif_snapshot(snapshot: SnapshotAssertion) -> None:
    log = json.loads(rendered("sarif", *findings.EVERY))
    driver = log["runs"][0]["tool"]["driver"]
    # What the pages say is theirs to change.
    driver["rules"] = [rule["id"] for rule in driver["rules"]]
    assert json.dumps(log, indent=2, ensure_ascii=False) == snapshot


def test_sarif_rules_carry_the_pages_of_their_codes() -> None:
    [rule] = sarif_run(findings.MISSPELT_VERB)["tool"]["driver"]["rules"]
    page = CODES[findings.MISSPELT_VERB.code]
    assert rule["shortDescription"]["text"] == page.title
    assert rule["help"]["markdown"] == page.markdown
    assert rule["defaultConfiguration"]["level"] == page.severity


def test_sarif_knows_a_code_without_a_page() -> None:
    [rule] = sarif_run(findings.error("XY123", "from another package", 1, 1, 1))["tool"]["driver"]["rules"]
    assert rule == {"id": "XY123"}


@pytest.mark.parametrize("renderer", RENDERERS, ids=lambda renderer: renderer.name)
def test_every_form_ends_its_last_line(renderer: Renderer) -> None:
    assert renderer.render(findings.EVERY, Sources({}), Style()).endswith("\n")


def test_json_is_a_list_of_the_documented_keys() -> None:
    every = json.loads(rendered("json", *findings.EVERY))
    place = {"file", "line", "column", "end_line", "end_column"}
    assert len(every) == len(findings.EVERY)
    for finding in every:
        assert set(finding) == {"code", "severity", "message", "hint", "labels"} | place
        assert all(set(label) == {"message"} | place for label in finding["labels"])


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(rendered("json")) == []


def test_github_has_one_line_a_finding_whatever_the_message_holds() -> None:
    span = Span("flows/a,b:c.flow", 1, 1, 1, 4)
    command = rendered("github", Diagnostic("FE101", Severity.ERROR, "100 %\nand ::more::", span, "a\r\nhint"))
    assert command == (
        "::error file=flows/a%2Cb%3Ac.flow,line=1,endLine=1,col=1,endColumn=3,title=FE101"
        "::100 %25%0Aand ::more::%0Aa%0D%0Ahint\n"
    )


def test_github_gives_no_columns_across_lines() -> None:
    assert "col=" not in rendered("github", findings.WHOLE_MENU)


def test_sarif_results_name_their_rules_by_index() -> None:
    run = sarif_run(*findings.EVERY)
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [each.code for each in findings.EVERY]
    assert len({rule["id"] for rule in rules}) == len(rules)


def test_sarif_regions_are_one_based_and_do_not_end_before_they_start() -> None:
    for result in sarif_run(*findings.EVERY)["results"]:
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            region = location["physicalLocation"]["region"]
            start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
            assert min(start + end) >= 1
            assert start <= end


def test_sarif_counts_columns_as_the_spans_do() -> None:
    assert sarif_run(findings.AFTER_WIDE)["columnKind"] == "unicodeCodePoints"


def test_sarif_levels_are_the_severities() -> None:
    levels = [result["level"] for result in sarif_run(findings.MISSPELT_VERB, findings.WHOLE_MENU)["results"]]
    assert levels == ["error", "warning"]


def test_sarif_addresses_are_relative_and_escaped() -> None:
    span = Span("flows/zwei drei#ü.flow", 1, 1, 1, 2)
    [result] = sarif_run(Diagnostic("FE101", Severity.ERROR, "here", span))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", artifact["uri"])
    assert artifact["uriBaseId"] in sarif_run()["originalUriBaseIds"]
