"""Text messages over the network: between our numbers, and to and from outside phones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from flowengine.sandbox.network.network import PhoneNetwork, is_dialable

# A message in the seven-bit alphabet of GSM has 160 characters, or 153 a part; any other 70, or 67.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that an outside phone has got."""

    sender: str
    text: str


Receiver = Callable[[str, str, str], None]


class PostOffice:
    """Delivers messages.

    Attributes:
        receivers: Who is told of messages to each of our numbers: sender, number, text.
        inboxes: What outside phones have got, by number.
    """

    def __init__(self, network: PhoneNetwork, keep: int) -> None:
        self.receivers: dict[str, Receiver] = {}
        self.inboxes: OrderedDict[str, list[Letter]] = OrderedDict()
        self._network = network
        self._keep = keep

    def deliver(self, sender: str, to: str, text: str) -> bool:
        """Bring a message to its number; False where it cannot be."""
        receiver = self.receivers.get(to)
        if receiver is not None:
            receiver(sender, to, text)
            return True
        if not is_dialable(to) or self._network.behaviour_of(to).does == "fail":
            return False
        inbox = self.inboxes.setdefault(to, [])
        inbox.append(Letter(sender, text))
        del inbox[: -self._keep]
        while len(self.inboxes) > self._keep:
            self.inboxes.popitem(last=False)
        return True


def segments(text: str) -> int:
    """How many parts a message has on the air."""
    if all(character in _GSM or character in _GSM_DOUBLE for character in text):
        length = sum(2 if character in _GSM_DOUBLE else 1 for character in text)
        single, part = 160, 153
    else:
        length = len(text.encode("utf-16-le")) // 2
        single, part = 70, 67
    return 1 if length <= single else -(-length // part)
