"""The fixture `flowengine_sandbox`: an embedded carrier for one's own tests, running in a thread of its own.

```
def test_it_confirms(flowengine_sandbox):
    my_app.send_confirmation(base_url=flowengine_sandbox.base_url("finespeak"), key=flowengine_sandbox.key("finespeak"))
    assert flowengine_sandbox.messages("+15557650001") == ["Your table is ready."]
```
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from flowengine.sandbox import Sandbox, SandboxConfig

T = TypeVar("T")
_SECONDS = 10.0


class RunningSandbox:
    """An embedded carrier that runs beside the test.

    Attributes:
        url: Where it listens.
        sandbox: The carrier itself. It lives in another thread: use `do` to touch it.
    """

    def __init__(self, config: SandboxConfig) -> None:
        self.url = ""
        self.sandbox: Sandbox
        self._config = config
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flowengine-sandbox", daemon=True)

    def start(self) -> None:
        """Listen.

        Raises:
            RuntimeError: it does not come up.
        """
        self._thread.start()
        if not self._started.wait(_SECONDS) or not self.url:
            raise RuntimeError("the embedded carrier does not come up")

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_SECONDS)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        from flowengine.sandbox import Sandbox

        async with Sandbox(self._config) as self.sandbox:
            self.url = self.sandbox.url
            self._started.set()
            await self._stop.wait()

    def do(self, work: Callable[[Sandbox], T]) -> T:
        """Call `work` with the carrier, in the carrier's thread; gives what it gives."""

        async def call() -> T:
            return work(self.sandbox)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(_SECONDS)

    def base_url(self, carrier: str) -> str:
        """The base URL of a carrier's API; of Telefonie its Voice API."""
        return self._api(carrier)["base_url"]

    def key(self, carrier: str) -> str:
        """A key for a carrier's API."""
        return self._api(carrier)["key"]

    def fail(self, **fault: Any) -> None:
        """Let something go wrong from now on; the arguments are those of `flowengine.sandbox.faults.Fault`."""
        from flowengine.sandbox.faults import Fault

        self.do(lambda sandbox: sandbox.faults.add(Fault(**fault)))

    def messages(self, number: str) -> list[str]:
        """The text messages that an outside phone has got."""
        return self.do(lambda sandbox: [letter.text for letter in sandbox.post.inboxes.get(number, [])])

    def _api(self, carrier: str) -> dict[str, str]:
        found = next((api for api in self.do(lambda sandbox: sandbox.apis()) if api["carrier"] == carrier), None)
        if found is None:
            raise KeyError(f"there is no carrier {carrier!r}")
        return found


@pytest.fixture
def flowengine_sandbox_config() -> Any:
    """How the embedded carrier of `flowengine_sandbox` is set up; override it for a set-up of your own."""
    from flowengine.sandbox import SandboxConfig

    return SandboxConfig(pace=0, seed=1)


@pytest.fixture
def flowengine_sandbox(flowengine_sandbox_config: SandboxConfig) -> Iterator[RunningSandbox]:
    """An embedded carrier with every carrier's API, for one test."""
    running = RunningSandbox(flowengine_sandbox_config)
    running.start()
    yield running
    running.stop()
