"""Where a call may lead: toll fraud, SIP tricks, hosts. Closed unless a project opens it."""

from __future__ import annotations

import pytest

from flowengine.core.policy import Destinations, Hosts, is_number, is_sip, outside


@pytest.mark.parametrize(
    ("patterns", "destination"),
    [
        (("+1555*",), "+15551230000"),
        (("+15551230000",), "+15551230000"),
        # Ontario and California are not premium-rate, although they begin like it.
        (("+1*",), "+19055550123"),
        (("+1*",), "+19095550123"),
        (("+1*",), "+12125550100"),
        (("+49*",), "+493012345678"),
        (("*",), "+442071838750"),
        # What is dear is opened by naming it.
        (("+1900*",), "+19005550123"),
        (("+1876*",), "+18765550123"),
        (("+881*",), "+88163123456"),
        (("sip:*@acme.example",), "sip:ada@acme.example"),
        (("sip:ada@acme.example:5070",), "sip:ada@acme.example:5070"),
    ],
)
def test_allowed(patterns: tuple[str, ...], destination: str) -> None:
    assert Destinations(patterns).allows(destination)


@pytest.mark.parametrize(
    ("patterns", "destination"),
    [
        ((), "+15551230000"),
        (("+1555*",), "+15561230000"),
        (("+15551230000",), "+155512300001"),
        # Premium rate, the Caribbean and satellites hide behind short prefixes.
        (("+1*", "*"), "+19005550123"),
        (("+1*", "*"), "+18765550123"),
        (("+1*", "*"), "+18095550123"),
        (("+1*", "*"), "+12425550123"),
        (("*",), "+88163123456"),
        (("*",), "+8707731234567"),
        (("+44*",), "+449098790000"),
        # International prefixes, separators, other scripts and whatever follows a number.
        (("*",), "011442071838750"),
        (("*",), "00442071838750"),
        (("*",), "+1 555 123 0000"),
        (("*",), "+1-555-123-0000"),
        (("*",), "+15551230000,900"),
        (("*",), "+15551230000;ext=1"),
        (("*",), "+15551230000\n"),
        (("*",), "+\u0661\u0665\u0665\u0665\u0661\u0662\u0663"),
        (("*",), "+0123456789"),
        (("*",), "+1234567890123456"),
        (("*",), "tel:+15551230000"),
        (("*",), ""),
        # A number's pattern opens no SIP address, and parameters or headers of one could lead elsewhere.
        (("+1555*",), "sip:+15551230000@evil.example"),
        (("sip:*@acme.example",), "sip:ada@evil.example"),
        (("sip:*@acme.example",), "sip:ada@acme.example.evil.example"),
        (("sip:*@acme.example",), "sip:ada@evil.example?x=@acme.example"),
        (("sip:*@acme.example",), "sip:ada@evil.example;maddr=1.2.3.4@acme.example"),
        (("sip:*@acme.example",), "sip:ada@acme.example;maddr=evil.example"),
        (("sip:*@acme.example",), "sip:ada@acme.example>\r\nX: y"),
        (("sip:*@acme.example",), "SIP:ada@acme.example"),
    ],
)
def test_refused(patterns: tuple[str, ...], destination: str) -> None:
    assert not Destinations(patterns).allows(destination)


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [("", True), ("+1", True), ("+1555", True), ("+15551", True), ("+44", False), ("+1556", False), ("sip:", True)],
)
def test_what_check_can_know_of_a_computed_destination(beginning: str, expected: bool) -> None:
    assert Destinations(("+1555*", "sip:*@acme.example")).may_allow(beginning) is expected


@pytest.mark.parametrize(
    "url",
    ["https://crm.example/a", "http://crm.example/a?b=c", "https://api.acme.example/x", "http://localhost:8080/"],
)
def test_hosts_that_are_named(url: str) -> None:
    assert Hosts(("crm.example", "*.acme.example", "localhost:8080")).allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/crm.example",
        "https://crm.example.evil.example/",
        "https://crm.example@evil.example/",
        "https://evil.example\\@crm.example/",
        "https://acme.example/",
        "http://localhost:8081/",
        "http://localhost/",
        "ftp://crm.example/",
        "//crm.example/",
        "crm.example",
        "https://",
        "https://[::1/",
    ],
)
def test_hosts_that_are_not(url: str) -> None:
    assert not Hosts(("crm.example", "*.acme.example", "localhost:8080")).allows(url)


def test_forms() -> None:
    assert is_number("+15551230000")
    assert not is_number("15551230000")
    assert is_sip("sip:ada@acme.example")
    assert not is_sip("sip:@acme.example")
    assert outside(["+1555*", "*", "sip:*@a.example", "five", "1-555"]) == ["five", "1-555"]
