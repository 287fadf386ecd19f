"""`flowengine webhooks` at VoIPBIN, which tells one webhook for all that happens."""

import json

from tests.cli.test_carrier_commands import Capture, Carrier, carrier, run

__all__ = ["carrier"]

OURS = "https://ivr.example.com/voipbin/events"
VOIPBIN = ("--carrier", "voipbin")


def test_the_webhook_of_the_account_is_set_shown_and_removed(carrier: Carrier, capsys: Capture) -> None:
    assert run(carrier, capsys, "webhooks", "list", *VOIPBIN)[1] == "none\n"
    for _ in range(2):
        assert run(carrier, capsys, "webhooks", "add", OURS, *VOIPBIN)[0] == 0
    listed = json.loads(run(carrier, capsys, "webhooks", "list", *VOIPBIN, "--json")[1])
    assert [(each["id"], each["url"]) for each in listed] == [("customer", OURS)]
    # The rest of the profile stays.
    assert carrier.sandbox.voipbin.account.customer["email"] == "sandbox@voipbin.example"
    status, _, err = run(carrier, capsys, "webhooks", "add", "https://other.example/", *VOIPBIN)
    assert (status, f"that is {OURS}: remove it first" in err) == (1, True)
    assert run(carrier, capsys, "webhooks", "remove", "customer", *VOIPBIN)[0] == 0
    assert run(carrier, capsys, "webhooks", "list", *VOIPBIN)[1] == "none\n"
    status, _, err = run(carrier, capsys, "webhooks", "remove", "customer", *VOIPBIN)
    assert (status, "tells no webhook customer" in err) == (1, True)


def test_what_it_cannot_choose_is_refused(carrier: Carrier, capsys: Capture) -> None:
    status, _, err = run(carrier, capsys, "webhooks", "add", OURS, "--event", "call_hangup", *VOIPBIN)
    assert (status, "tells all events, or none" in err) == (1, True)
    assert carrier.sandbox.voipbin.account.customer["webhook_uri"] == ""
