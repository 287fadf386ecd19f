"""Reads a node's attributes with their types."""

from flowengine.sandbox.documents.node import DocumentError, Node
from flowengine.sandbox.documents.verbs import Action
from flowengine.sandbox.network.leg import KEYS


class Attributes:
    """A node's attributes, read with their types. Unknown ones are let pass, as other carriers do.

    Each method raises `DocumentError` when the value is not of its type.
    """

    def __init__(self, node: Node) -> None:
        self._node = node

    def _fail(self, key: str, wish: str) -> DocumentError:
        return DocumentError(f"{self._node.name}: {key}={self._node.attributes[key]!r} is not {wish}")

    def text(self, key: str, default: str = "") -> str:
        """The value as it stands."""
        return self._node.attributes.get(key, default)

    def number(self, key: str, default: float) -> float:
        """A number of seconds, up to a day."""
        try:
            value = float(self._node.attributes.get(key, default))
        except ValueError:
            raise self._fail(key, "a number") from None
        if not 0 <= value <= 86_400:
            raise self._fail(key, "between 0 and 86400")
        return value

    def count(self, key: str) -> int | None:
        """A whole number of at most six digits; None when it is not given."""
        value = self._node.attributes.get(key)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 6):
            raise self._fail(key, "a whole number")
        return int(value)

    def flag(self, key: str, default: bool) -> bool:
        """`true` or `false`."""
        value = self._node.attributes.get(key, "true" if default else "false").lower()
        if value not in ("true", "false"):
            raise self._fail(key, "true or false")
        return value == "true"

    def keys(self, key: str, default: str) -> str:
        """Keys of a telephone."""
        value = self._node.attributes.get(key, default)
        if not set(value) <= KEYS:
            raise self._fail(key, "a set of keys")
        return value

    def method(self, key: str = "method") -> str:
        """`GET` or `POST`."""
        value = self._node.attributes.get(key, "POST").upper()
        if value not in ("GET", "POST"):
            raise self._fail(key, "GET or POST")
        return value

    def action(self) -> Action:
        """Where the result goes."""
        return Action(self._node.attributes.get("action"), self.method())
