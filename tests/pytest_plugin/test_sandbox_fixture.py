"""The fixture `flowengine_sandbox` in a user's own test file."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

ALONE = ("-p", "no:pytest-lsp")

TEST = """
import json
import urllib.request

import pytest


def send(sandbox, text):
    body = json.dumps({"from": "+15551230000", "to": "+15557650001", "body": text}).encode()
    headers = {"Authorization": f"Bearer {sandbox.key('finespeak')}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{sandbox.base_url('finespeak')}/messages", body, headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def test_a_message_arrives(flowengine_sandbox):
    assert send(flowengine_sandbox, "Hello")["status"] == "queued"
    flowengine_sandbox.do(lambda sandbox: None)
    for _ in range(200):
        if flowengine_sandbox.messages("+15557650001"):
            break
        __import__("time").sleep(0.02)
    assert flowengine_sandbox.messages("+15557650001") == ["Hello"]


def test_a_failure(flowengine_sandbox):
    flowengine_sandbox.fail(carrier="finespeak", status=500)
    with pytest.raises(urllib.error.HTTPError, match="500"):
        send(flowengine_sandbox, "Hello")


def test_no_such_carrier(flowengine_sandbox):
    with pytest.raises(KeyError):
        flowengine_sandbox.key("nobody")
"""


def test_a_users_test_has_an_embedded_carrier(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    pytester.runpytest_subprocess(*ALONE).assert_outcomes(passed=3)
