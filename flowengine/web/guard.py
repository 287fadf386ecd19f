"""Who may use the page: whoever sits at this machine, or whoever knows the token.

A browser also carries out what other sites tell it. So the name under which we are asked must be one of this machine
(or the token must be there), whatever name a stranger has made to lead here, and a socket is opened only for our own
page. A proxy or tunnel on this machine asks for others: what it has handed on needs the token, too.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware
from yarl import URL

COOKIE = "flowengine_console"
_QUERY = "token"
_HANDED_ON = frozenset({"forwarded", "via", "x-real-ip"})
_ALSO_HANDED_ON = "x-forwarded-"
_OWN_SITES = ("none", "same-origin")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
"""With every answer: nothing but our own files is loaded or run, whatever a caller has said."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets requests through, or does not."""

    def __init__(self, token: str = "", host: str = "") -> None:
        """With a `token`, requests must bring it, once in the address or in each as a cookie or a bearer; without
        one, they must come from this machine, by no proxy, and be for a name of it. `host` is the name or address that
        the embedded carrier listens on."""
        self._token = token
        self._host = host.lower()

    def __call__(self, handler: Handler) -> Handler:
        """The handler for those who may; 403 for others."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if request.method == "GET" and self._token and self._is_token(request.query.get(_QUERY, "")):
                # Out of the address bar, so that it is neither shown nor kept in the history.
                seen = web.HTTPSeeOther(request.rel_url.without_query_params(_QUERY))
                seen.headers.update(HEADERS)
                seen.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict", path="/")
                raise seen
            if not self._may(request):
                raise web.HTTPForbidden(text=self._refusal, headers=HEADERS)
            return await handler(request)

        return guarded

    def carrier(self, *prefixes: str) -> Middleware:
        """Keeps what lies below these paths, the embedded carrier with its recordings, to this machine: our own
        requests, its programs, and its browsers on pages of its own. With a token, others may, too.

        It is asked for as localhost, as the name it listens on, or by the address that the connection came to: any
        other name may be one that a stranger has made to lead here.
        """

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(prefixes) and not (self._has_token(request) or self._is_from_here(request)):
                raise web.HTTPForbidden(text=self._refusal, headers=HEADERS)
            return await handler(request)

        return guarded

    def is_ours(self, request: web.Request) -> bool:
        """Whether the request comes from our own page, by its `Origin`; a program that sends none is no browser."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        scheme, _, _ = origin.partition("://")
        try:  # as the origin says, since https may end before us; with it comes the port that is not said
            return scheme in ("http", "https") and URL(origin).origin() == URL(f"{scheme}://{request.host}").origin()
        except ValueError:
            return False

    def _may(self, request: web.Request) -> bool:
        if not self._token:
            return is_loopback(request.remote or "") and is_loopback(_host(request)) and not _is_handed_on(request)
        return self._has_token(request)

    def _has_token(self, request: web.Request) -> bool:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
        return self._is_token(given)

    def _is_token(self, given: str) -> bool:
        return bool(self._token) and hmac.compare_digest(_bytes(given), _bytes(self._token))

    def _is_from_here(self, request: web.Request) -> bool:
        """Whether somebody on this machine asks, who is no page of another site."""
        own = request.transport.get_extra_info("sockname")[0] if request.transport is not None else ""
        remote, host = request.remote or "", _host(request)
        if _is_handed_on(request) or not (is_loopback(remote) or remote == own):
            return False
        if not is_loopback(host) and host not in {own, self._host} - {""}:
            return False
        # Only browsers say these two: the first on pages of this machine and over https, the second with what changes
        # something.
        return request.headers.get("Sec-Fetch-Site", "none") in _OWN_SITES and self.is_ours(request)

    @property
    def _refusal(self) -> str:
        if self._token:
            return "Open this page with ?token=… at the end of its address.\n"
        return "This is only for the machine that it runs on, asked as localhost; --console-token lets others in.\n"


def _is_handed_on(request: web.Request) -> bool:
    """Whether a proxy says that it asks for somebody else. One that says nothing looks like anybody on this machine."""
    return any(name in _HANDED_ON or name.startswith(_ALSO_HANDED_ON) for name in map(str.lower, request.headers))


def _bytes(text: str) -> bytes:
    # A header may hold bytes that are no UTF-8.
    return text.encode("utf-8", "surrogatepass")


def _host(request: web.Request) -> str:
    try:
        return URL(f"//{request.host}").host or ""
    except ValueError:
        return ""
