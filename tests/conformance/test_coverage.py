"""The page of what is documented and tested is complete, and each of its tests exercises what it stands beside."""

import ast
import subprocess
import sys
from functools import cache

import pytest

from flowengine.carriers.finespeak.webhooks import EVENTS as FINESPEAK_EVENTS
from flowengine.carriers.sms_voip.webhooks import DELIVERY_REPORT
from tests.conformance import coverage
from tests.conformance.coverage import (
    BY_HAND,
    CARRIERS,
    FACTS,
    OVER_HTTP,
    PAGE,
    ROOT,
    SCHEMAS,
    SENT,
    SERVED,
    Fact,
    documented,
    page,
)
from tests.conformance.documented import FILES, OURS
from tests.conformance.test_requests import STREAMS

BESIDE = [(title, fact) for title, facts in FACTS.items() for fact in facts]


def collect() -> dict[str, list[str]]:
    """What pytest collects in the files that the page names: of each test, the cases in its brackets."""
    files = sorted({test.partition("::")[0] for test in coverage.tests()})
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout
    found: dict[str, list[str]] = {}
    for line in ran.stdout.splitlines():
        test, bracket, case = line.partition("[")
        if "::" in test:
            found.setdefault(test, []).append(case.removesuffix("]") if bracket else "")
    return found


@cache
def text_of(test: str) -> str:
    """The text of a test, and of what it names in its file."""
    path, _, name = test.partition("::")
    text = (ROOT / path).read_text("utf-8")
    lines = text.splitlines()
    nodes: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            nodes[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            nodes |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    own = nodes[name]
    used = {node.id for node in ast.walk(own) if isinstance(node, ast.Name)} & set(nodes)
    parts = []
    for node in (own, *(nodes[each] for each in used)):
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        parts.append("\n".join(lines[first - 1 : node.end_lineno]))
    return "\n".join(parts)


def test_the_page_is_what_would_be_made_now() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.conformance.coverage writes it"


@pytest.mark.parametrize("title", SERVED)
def test_the_test_of_a_file_is_made_from_all_its_operations(title: str) -> None:
    operations = {found.ok().label for found in SCHEMAS[title].get_all_operations()}
    wanted = {f"{each.method} {each.path}" for each in documented(title)}
    assert operations == wanted - set(BY_HAND)


def test_each_row_names_a_case_that_exercises_it() -> None:
    collected = collect()
    # The cases of schemathesis have one name; there is one for each operation of the file that the test is made from.
    served = {title: len(collected[SERVED[title]]) for title in SERVED}
    assert served == {title: len(list(SCHEMAS[title].get_all_operations())) for title in SERVED}
    missing = [
        operation
        for operation, test in BY_HAND.items()
        if operation not in collected[test] and operation.partition(" ")[2] not in text_of(test)
    ]
    missing += [
        f"{title}: {name}"
        for title, operations in OURS.items()
        for name in {*operations, *(each.name for each in documented(title))} - STREAMS
        if f"{title}-{name}" not in collected[SENT]
    ]
    missing += [f"VoIPBIN: {name}" for name, test in OVER_HTTP.items() if name not in collected[test]]
    missing += [
        f"{title}: {fact.what}"
        for title, fact in BESIDE
        if fact.case and not any(all(word in case for word in fact.case) for case in collected[fact.test])
    ]
    assert missing == []


@pytest.mark.parametrize(("title", "fact"), BESIDE, ids=lambda value: getattr(value, "what", value))
def test_a_fact_is_spoken_of_by_its_test(title: str, fact: Fact) -> None:
    assert fact.case or fact.says, f"nothing tells what the test has to do with {title}"
    assert fact.says in text_of(fact.test)


def test_every_carriers_file_is_on_the_page() -> None:
    assert set(SERVED) == set(FILES)
    assert {*OURS, "VoIPBIN"} == set(SERVED)
    text = PAGE.read_text("utf-8")
    for title in FILES:
        for each in documented(title):
            assert f"| {each.method} `{each.path}` |" in text


@pytest.mark.parametrize("title", CARRIERS)
def test_every_refusal_of_a_file_and_every_event_is_a_fact(title: str) -> None:
    facts = FACTS[title]
    refused = {status for each in documented(title) for status in each.statuses if status.isdigit() and status >= "400"}
    assert {status for status in refused if not any(fact.what.startswith(f"{status}, ") for fact in facts)} == set()
    headers = {header for each in documented(title) for header in each.headers}
    assert {header for header in headers if not any(fact.what == header for fact in facts)} == set()
    events = {"FineSpeak": FINESPEAK_EVENTS, "sms-voip": (DELIVERY_REPORT,)}.get(title, ())
    assert {event for event in events if not any(fact.what.startswith(f"{event}: ") for fact in facts)} == set()
