"""Who may talk to the app: a browser that names this machine, from pages of the app itself, and with the key where one is asked for.

A web page of somebody else can send requests to programs on this machine, and with a DNS name of its own that points here (DNS
rebinding) even read the answers. So a request must name a host that cannot be rebound, and must not come from another site. What an
article holds cannot act either: the policy below forbids every script, style, frame and address but the app's own.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer, with which a browser sends the forms of our own pages from the origin "null".
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Access:
    """Where the app listens, and the key that is asked for; None: no key."""

    host: str
    port: int
    token: str | None = None
    names: frozenset[str] = field(default_factory=lambda: frozenset({socket.gethostname().lower()}))
    """Names of this machine that may be used where it does not listen to itself alone."""

    @property
    def cookie(self) -> str:
        """Cookies of a host are those of all its ports: the name tells apart."""
        return f"review-token-{self.port}"

    def knows(self, host: str) -> bool:
        """Whether a Host header names this machine in a way that nobody else's DNS server decides. Ports may differ, for tunnels."""
        name = _host_of(host)
        if name is None:
            return False
        if name in _LOOPBACK or name == self.host.lower():
            return True
        if is_loopback(self.host):
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self.names
        return True


def _host_of(header: str) -> str | None:
    try:
        parts = urlsplit(f"//{header}")
        port_is_valid = parts.port is None or parts.port >= 0
    except ValueError:
        return None
    clean = not (parts.path or parts.query or parts.fragment or parts.username is not None)
    return parts.hostname if clean and port_is_valid else None


Refuse = Callable[[Scope, HTTPStatus, str], Response]
"""Makes the page that says no: status and the key of the words that say why."""


class Guard:
    """Lets a request through to the app, or says no; every answer gets the headers."""

    def __init__(self, app: ASGIApp, access: Access, refuse: Refuse) -> None:
        self._app = app
        self._access = access
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if "cache-control" not in headers:
                    headers["cache-control"] = "no-store"
            await send(message)

        headers = Headers(scope=scope)
        answer = self._answer(scope, headers)
        await (answer or self._app)(scope, receive, headed)

    def _answer(self, scope: Scope, headers: Headers) -> Response | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._access.knows(hosts[0]):
            return self._refuse(scope, HTTPStatus.FORBIDDEN, "error.host")
        if scope["method"] not in _METHODS:
            return self._refuse(scope, HTTPStatus.METHOD_NOT_ALLOWED, "error.405")
        token = self._access.token
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
        arrives = token is not None and scope["method"] == "GET" and same(given, token)
        if not arrives and _from_elsewhere(scope["method"], hosts[0], headers):
            return self._refuse(scope, HTTPStatus.FORBIDDEN, "error.cross_site")
        if token is None or same(_cookie(headers.getlist("cookie"), self._access.cookie), token):
            return None
        if arrives:
            return self._welcome(scope)
        return self._refuse(scope, HTTPStatus.UNAUTHORIZED, "error.401")

    def _welcome(self, scope: Scope) -> Response:
        """Keep the key as a cookie and go to the address without it.

        A page that moves on and no redirect: after a link on another site, a browser would follow a redirect without the strict cookie.
        """
        page = self._refuse(scope, HTTPStatus.OK, "error.token_ok")
        page.headers["refresh"] = "0; url=/"
        page.set_cookie(self._access.cookie, self._access.token or "", httponly=True, samesite="strict", path="/", max_age=30 * 24 * 3600)
        return page


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _from_elsewhere(method: str, host: str, headers: Headers) -> bool:
    """Whether a page of another site (or of another port of this machine) asks.

    Browsers say so themselves; other programs send neither header, and a form of ours has its own key besides.
    """
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return True
    site = headers.get("sec-fetch-site", "none")
    if site == "same-origin":
        return False
    if method == "POST":
        return "sec-fetch-site" in headers
    # A link in another program of this machine, such as a notebook, may open a page: it cannot read it, and reading changes nothing.
    return site != "none" and not (site == "same-site" and headers.get("sec-fetch-mode") == "navigate" and _is_page(headers))


def _is_page(headers: Headers) -> bool:
    return headers.get("sec-fetch-dest") == "document"


def _cookie(headers: Iterable[str], name: str) -> str:
    for header in headers:
        try:
            found = SimpleCookie(header).get(name)
        except CookieError:
            continue
        if found is not None:
            return found.value
    return ""
