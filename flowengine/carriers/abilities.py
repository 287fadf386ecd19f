"""What each carrier can do, without what does it: `check` needs no adapter, no model and no client of any carrier."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine.carriers.contract import Capabilities
from flowengine.carriers.finespeak.capabilities import CAPABILITIES as FINESPEAK
from flowengine.carriers.sms_voip.capabilities import CAPABILITIES as SMS_VOIP
from flowengine.carriers.speko.capabilities import CAPABILITIES as SPEKO
from flowengine.carriers.telefonie.capabilities import CAPABILITIES as TELEFONIE
from flowengine.carriers.voipbin.capabilities import CAPABILITIES as VOIPBIN

CAPABILITIES: Mapping[str, Capabilities] = {
    "telefonie": TELEFONIE,
    "voipbin": VOIPBIN,
    "finespeak": FINESPEAK,
    "sms-voip": SMS_VOIP,
    "speko": SPEKO,
}


def abilities() -> dict[str, Capabilities]:
    """What each carrier can do, by name: what `check` holds flows against. Those that run no flows are among them."""
    return dict(CAPABILITIES)
