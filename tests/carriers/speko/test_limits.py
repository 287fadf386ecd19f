"""What Speko is known not to take is refused before it is sent."""

from collections.abc import Callable
from typing import Any

import pytest

from flowengine.carriers.client import InvalidRequestError
from flowengine.carriers.speko import rest


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda: rest.search_numbers(area_code="41"), "three digits"),
        (lambda: rest.search_numbers(area_code="٤١٥"), "three digits"),
        (lambda: rest.search_numbers(limit=51), "1 to 50"),
        (lambda: rest.search_numbers(limit=0), "1 to 50"),
        (lambda: rest.buy_number("+1"), "such as"),
        (lambda: rest.buy_number("12015551234"), "such as"),
        (lambda: rest.buy_number("+12015551234", label="x" * 121), "120 characters"),
        (lambda: rest.change_number("pn_1", label="x" * 121), "120 characters"),
        (lambda: rest.import_number("+12015551234"), "SIP connection"),
        (lambda: rest.submit_kyb({}, {}, attested=False), "attestation"),
        (lambda: rest.dial("+12015551234"), "agent"),
        (lambda: rest.dial("nobody", agent="a"), "such as"),
    ],
)
def test_what_is_known_to_be_wrong_is_not_sent(ask: Callable[[], Any], why: str) -> None:
    with pytest.raises(InvalidRequestError, match=why):
        ask()


def test_only_what_is_given_is_changed_and_none_clears_it() -> None:
    assert rest.change_number("pn_1", label=None).request.json == {"label": None}
    assert rest.change_number("pn/1", agent="a").request.path == "/v1/phone-numbers/pn%2F1"
