"""Carriers as translators without I/O: their words into our events, our turns into their words.

A program that wants a carrier's API itself opens it with `connect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from flowengine.carriers.client import CarrierClient

__all__ = ["connect"]


def connect(
    name: str, settings: Mapping[str, Any] | None = None, **options: Any
) -> AbstractAsyncContextManager[CarrierClient]:
    """Open a carrier's API: `async with connect("telefonie", {"api_key": …}) as carrier: await carrier.list_calls()`.

    Without `settings` it is the embedded carrier that `flowengine sandbox` starts. Options and errors are those of
    `flowengine.runtime.connecting.connect`.
    """
    # What awaits lives in the runtime, which stands above this room: it is only looked up when somebody calls.
    opener = import_module("flowengine.runtime.connecting").connect
    return cast("AbstractAsyncContextManager[CarrierClient]", opener(name, settings, **options))
