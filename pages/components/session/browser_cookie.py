"""The cookie that names a browser: what a session shows goes to the browser that opened it and to no other."""

from __future__ import annotations

import hmac
import secrets
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "spinelens-browser"


def comes_from(request: Request, browser: str) -> bool:
    """Whether the request brings the cookie of that browser; an empty value is no browser's."""
    found = request.cookies.get(COOKIE, "")
    return bool(found) and hmac.compare_digest(browser.encode(), found.encode())


LASTS = 365 * 24 * 3600
"""Seconds. Networks that were registered from a browser are that browser's, also after it was closed."""


class BrowserCookie:
    """ASGI middleware: names each browser by a random cookie that no script can read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sets the cookie with the first answer to a browser that brings none."""
        if not _wants_cookie(scope):
            await self._app(scope, receive, send)
            return
        value = secrets.token_urlsafe(32)
        cookie: SimpleCookie = SimpleCookie({COOKIE: value})
        cookie[COOKIE].update({"path": "/", "httponly": True, "samesite": "Strict", "max-age": LASTS})
        cookie[COOKIE]["secure"] = scope["scheme"] in ("https", "wss")
        if scope["type"] == "websocket":
            # The session that begins here is this browser's from its first moment.
            scope = scope | {"headers": [*scope["headers"], (b"cookie", f"{COOKIE}={value}".encode())]}

        async def with_cookie(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message.setdefault("headers", [])
                MutableHeaders(scope=message).append("set-cookie", cookie.output(header="").strip())
            await send(message)

        await self._app(scope, receive, with_cookie)


def _wants_cookie(scope: Scope) -> bool:
    """Whether this request brings no cookie and its answer may set one.

    A browser that follows a link from another site keeps its strict cookie back, and one set then would replace it.
    What the page itself asks for could set several at once. In both cases the websocket, which comes last, sets it.
    Guests of a class have no session.
    """
    if scope["type"] not in ("http", "websocket") or scope["path"].startswith("/class/"):
        return False
    if HTTPConnection(scope).cookies.get(COOKIE):
        return False
    headers = HTTPConnection(scope).headers
    own = headers.get("sec-fetch-site", "none") != "cross-site"
    return scope["type"] == "websocket" or (own and headers.get("sec-fetch-dest", "document") == "document")
