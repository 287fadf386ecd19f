"""What can go wrong with a request to a carrier, by kind: whatever its answer looks like."""

from __future__ import annotations

from collections.abc import Mapping


class CarrierError(Exception):
    """The carrier refused. `status` is that of HTTP, `code` and `message` are the carrier's own where it gave any."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}" if code else f"{status}: {message}")
        self.status = status
        self.code = code
        self.message = message


class InvalidError(CarrierError):
    """The carrier does not take the request as it is: 400, 422."""


class UnauthorisedError(CarrierError):
    """The carrier does not know the key: 401."""


class NoCreditError(CarrierError):
    """There is nothing left to spend: 402."""


class ForbiddenError(CarrierError):
    """The account may not do this: blocked, not verified, or called from an address that it does not allow: 403."""


class NotFoundError(CarrierError):
    """There is no such thing, or not any more: 404."""


class ConflictError(CarrierError):
    """It does not go together with how things are: 409."""


class RateLimitError(CarrierError):
    """Too many requests, even after waiting: 429."""


KINDS: Mapping[int, type[CarrierError]] = {
    400: InvalidError,
    401: UnauthorisedError,
    402: NoCreditError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: InvalidError,
    429: RateLimitError,
}
"""The kinds by HTTP status; any other is a `CarrierError`."""


class UnreachableError(Exception):
    """The request never reached the carrier."""


class OutcomeUnknownError(Exception):
    """The request may have been carried out: ask the carrier what became of it before sending another."""
