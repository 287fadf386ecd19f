"""`.call` files under pytest: collected by name, run, and reported as `flowengine test` does."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

ALONE = ("-p", "no:pytest-lsp")
"""That plugin's wrapper of `pytest_runtest_call` yields for no item but Python functions."""

FLOW = """\
flow hello

start:
    say "Hello."
    hangup
"""
CALLS = """\
call "it greets":
    flow hello
    hear "Hello"
    expect hangup

call "it says more":
    flow hello
    hear "Goodbye"
    expect hangup
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makefile(".toml", flowengine="")
    pytester.mkdir("flows")
    (pytester.path / "flows/hello.flow").write_text(FLOW, "utf-8")
    (pytester.path / "hello.call").write_text(CALLS, "utf-8")
    return pytester


def test_scripts_are_items(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess(*ALONE, "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["hello.call::it greets PASSED*", "hello.call::it says more FAILED*"])
    result.stdout.fnmatch_lines(['FAILED hello.call:8 "it says more"', '*expected: to hear "Goodbye"', "*Hello."])


def test_one_script_can_be_named(project: pytest.Pytester) -> None:
    project.runpytest_subprocess(*ALONE, "hello.call::it greets").assert_outcomes(passed=1)
    project.runpytest_subprocess(*ALONE, "-k", "greets").assert_outcomes(passed=1, deselected=1)


def test_a_project_with_errors_shows_them(project: pytest.Pytester) -> None:
    (project.path / "flows/hello.flow").write_text(FLOW.replace("hangup", "hangpu"), "utf-8")
    result = project.runpytest_subprocess(*ALONE)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["error*FE201*: there is no verb `hangpu`"])


def test_it_can_be_left_out(project: pytest.Pytester) -> None:
    project.runpytest_subprocess("-p", "no:flowengine").assert_outcomes()
