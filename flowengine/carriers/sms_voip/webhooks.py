"""sms-voip's events: flat objects, signed in `X-Signature: t=…,v1=…`.

The delivery report and the header's form are documented. What is signed, and the events of calls (`ringing`,
`answered`, `completed`), are inferred from the text.
"""

from __future__ import annotations

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.intake import document_of, key_of, secrets_of
from flowengine.carriers.models import Notice
from flowengine.carriers.reading import moment, text
from flowengine.carriers.signature import problem
from flowengine.carriers.sms_voip.config import SmsVoipConfig
from flowengine.carriers.sms_voip.rest import read_call, read_report

DELIVERY_REPORT = "delivery_report"


def read_notice(config: SmsVoipConfig, message: Message) -> Notice | Refused:
    """What a webhook tells. Events and fields that a release of theirs adds are let pass."""
    secrets = secrets_of(config.webhook_secret)
    if secrets:
        found = problem(message.headers.get("x-signature"), message.body, secrets, message.at)
        if found is not None:
            return Refused(403, found)
    document = document_of(message.body)
    if isinstance(document, Refused):
        return document
    event = text(document, "event")
    if not event:
        return Refused(400, "the body has no event")
    key = key_of(message.body)
    try:
        if event == DELIVERY_REPORT:
            report = read_report(document)
            return Notice(event=event, key=key, at=report.at, message=report, raw=document)
        if document.get("call_id"):
            at = moment(document, "timestamp", "at")
            return Notice(event=event, key=key, at=at, call=read_call(document, event), raw=document)
    except ValueError as error:
        return Refused(400, str(error))
    return Notice(event=event, key=key, raw=document)
