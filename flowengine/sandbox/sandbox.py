"""The embedded carrier as a whole: started, stopped, and reached over HTTP on this machine."""

from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from flowengine.sandbox.account_config import AccountConfig
from flowengine.sandbox.accounts import Accounts
from flowengine.sandbox.api import Carrier
from flowengine.sandbox.clock import Clock, RealClock
from flowengine.sandbox.config import SandboxConfig
from flowengine.sandbox.control import app as control
from flowengine.sandbox.exchange import Exchange
from flowengine.sandbox.faults import Faults
from flowengine.sandbox.finespeak import app as finespeak
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.ids import Ids
from flowengine.sandbox.network.network import PhoneNetwork
from flowengine.sandbox.notices import Notices
from flowengine.sandbox.post_office import PostOffice
from flowengine.sandbox.recordings import Recordings
from flowengine.sandbox.sms_voip import app as sms_voip
from flowengine.sandbox.speko import app as speko
from flowengine.sandbox.telefonie.app import PREFIX, telefonie_app
from flowengine.sandbox.telefonie.owners import Owners
from flowengine.sandbox.telefonie.siblings import (
    NUMBERS_PREFIX,
    RECORDINGS_PREFIX,
    SMS_PREFIX,
    Siblings,
)
from flowengine.sandbox.voice import Voice
from flowengine.sandbox.voipbin.api.app import voipbin_apps
from flowengine.sandbox.voipbin.carrier import VoipbinCarrier
from flowengine.sandbox.webhooks import Webhooks
from flowengine.speech import Speech

_PLENTY = Decimal(1_000_000)
"""What the account has that is there when nothing else is said: enough for any test of load."""


class Sandbox:
    """The embedded carrier.

    ```
    async with Sandbox(SandboxConfig(numbers={"+15551230000": NumberConfig(voice_url=...)})) as sandbox:
        handset = sandbox.network.place_call("+15557650001", "+15551230000")
        await sandbox.clock.sleep(1)
        handset.press("1")
    ```

    Attributes:
        url: Where it listens, without a slash at the end; the Telefonie Voice API is at `url + "/v1/voice"`.
        network: The phone network, for those who play people.
        exchange: All calls of the Telefonie Voice API.
        accounts: The accounts of the carriers, by the carrier's name; those of VoIPBIN are its own.
        owners: Which of the accounts at Telefonie has which call.
        post: Text messages between all numbers.
        faults: What is to go wrong.
        voipbin: The VoIPBIN carrier; its API is at `url + "/v1.0"`, its logins are at `url + "/auth"`.
        voipbins: The same for each of its customers; `voipbin` is that of the first.
        bulletin: Tells what happens.
        app: The web application, from the `async with` on; to be mounted elsewhere when the set-up does not listen.
    """

    def __init__(self, config: SandboxConfig, clock: Clock | None = None, speech: Speech | None = None) -> None:
        """Set up; nothing runs before the `async with`.

        Args:
            config: The set-up.
            clock: Its time; the real one when not given.
            speech: What speaks prompts, used when the set-up wants audio.
        """
        self.config = config
        self.clock: Clock = clock or RealClock()
        self.bulletin = Bulletin(self.clock)
        ids = Ids(config.seed)
        self.network = PhoneNetwork(self.clock, self.bulletin, ids, keep=config.keep)
        self.network.phones = dict(config.phones)
        self.network.magic = dict(config.magic)
        self.network.ordinary = config.ordinary
        self.faults = Faults(self.clock)
        self.accounts = {
            name: Accounts(accounts, self.clock, ids, config.keep)
            for name, accounts in (
                ("telefonie", (AccountConfig(keys=config.api_keys, balance=_PLENTY), *config.telefonie)),
                ("finespeak", config.finespeak),
                ("sms-voip", config.sms_voip),
                ("speko", config.speko),
            )
        }
        self.owners = Owners(self.accounts["telefonie"], config.keep)
        self.url = ""
        self._taken: set[str] = set()
        self._ids = ids
        self._speech = speech
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _open(self, stack: AsyncExitStack) -> None:
        config = self.config
        folder = config.recordings or Path(stack.enter_context(TemporaryDirectory(prefix="flowengine-recordings-")))
        folder.mkdir(parents=True, exist_ok=True)
        connector = aiohttp.TCPConnector(limit=0)
        # No cookies: those of one call have no business in another.
        client = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        )
        self.webhooks = Webhooks(
            client, self.bulletin, vocabulary=config.vocabulary, body=config.body, seconds=config.webhook_timeout
        )
        voice = Voice(self.webhooks, self.bulletin, self._speech if config.audio else None)
        self.recordings = Recordings(folder, self._ids, self.clock, self.bulletin, config.keep)
        self.exchange = Exchange(config, self.clock, self.bulletin, self.network, self.webhooks, voice, self.recordings)
        self.post = PostOffice(self.network, config.keep)
        notices = Notices(client, self.clock, self.bulletin, config.webhook_timeout)
        self._carriers = {
            name: Carrier(accounts, self.exchange, notices, self.post, self._taken)
            for name, accounts in self.accounts.items()
        }
        self.voipbins = [
            VoipbinCarrier(customer, self.exchange.services, client, self.post)
            for customer in (config.voipbin, *config.more_voipbin)
        ]
        self.voipbin = self.voipbins[0]
        stack.push_async_callback(self.clock.close)
        self.app = self._application()
        self.url = (config.public_url or "").rstrip("/")
        if config.listen:
            await self._listen(stack)
        self.recordings.base_url = self.url

    async def _listen(self, stack: AsyncExitStack) -> None:
        runner = web.AppRunner(self.app, access_log=None, handle_signals=False)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self.config.host, self.config.port).start()
        self.url = self.url or _address_of(runner)

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware()])
        app.add_subapp(PREFIX, telefonie_app(self.exchange, self.owners))
        for prefix, voipbin in voipbin_apps(self.voipbins).items():
            app.add_subapp(prefix, voipbin)
        for prefix, sibling in Siblings(self._carriers["telefonie"], self.owners).applications().items():
            app.add_subapp(prefix, sibling)
        app.add_subapp(finespeak.PREFIX, finespeak.Finespeak(self._carriers["finespeak"]).application())
        app.add_subapp(sms_voip.PREFIX, sms_voip.SmsVoip(self._carriers["sms-voip"]).application())
        speko_parts = speko.Speko(self._carriers["speko"])
        app.add_subapp(speko.PREFIX, speko_parts.application())
        made = control.Control(self.exchange, self.faults, self.accounts, self.post, self.apis, speko_parts.schedule)
        app.add_subapp(control.PREFIX, made.application())
        app.router.add_get("/recordings/{recording_id}.wav", self._recording)
        return app

    def apis(self) -> list[dict[str, str]]:
        """The base URL of each API, and a key for it."""
        keys = {name: accounts.all[0].config.keys[0] for name, accounts in self.accounts.items() if accounts.all}
        found = [
            ("telefonie", "Telefonie Voice", PREFIX),
            ("telefonie", "Telefonie SMS", SMS_PREFIX),
            ("telefonie", "Telefonie Numbers", NUMBERS_PREFIX),
            ("telefonie", "Telefonie Recordings", RECORDINGS_PREFIX),
            ("voipbin", "VoIPBIN", "/v1.0"),
            ("finespeak", "FineSpeak", finespeak.PREFIX),
            ("sms-voip", "sms-voip", sms_voip.PREFIX),
            ("speko", "Speko", speko.PREFIX),
        ]
        keys["voipbin"] = next(iter(self.config.voipbin.accesskeys), "")
        return [
            {"carrier": carrier, "title": title, "base_url": f"{self.url}{path}", "key": keys.get(carrier, "")}
            for carrier, title, path in found
        ]

    async def _recording(self, request: web.Request) -> web.StreamResponse:
        recording = self.recordings.get(request.match_info["recording_id"])
        if recording is None:
            raise web.HTTPNotFound
        return web.FileResponse(recording.path, headers={"Content-Type": "audio/wav"})


def _address_of(runner: web.AppRunner) -> str:
    host, port, *_ = runner.addresses[0]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
