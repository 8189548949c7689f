"""Keeps other computers out where nobody signs in: all that they reach is the page of a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose

from pages.components.session.identity import sign_in_configured
from pages.components.session.loopback import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

OPEN = ("/class", "/class/")
"""Where guests of a room are let in, and below."""

SENTENCE = (
    "From other computers, only the page of a class can be reached: /class/. Everything else needs sign-in, see "
    "“People and sign-in” in docs/library.md.\n"
)


class LocalOnly:
    """ASGI middleware: refuses what comes from another computer, websockets included, while no sign-in is configured.

    Whatever a proxy on this computer passes on without ``X-Forwarded-For`` looks as if it came from here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, or answers 403; a websocket is closed before it is accepted."""
        if scope["type"] not in ("http", "websocket") or _let_in(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008, SENTENCE)(scope, receive, send)
        else:
            await PlainTextResponse(SENTENCE, 403)(scope, receive, send)


def _let_in(scope: Scope) -> bool:
    client = scope.get("client")
    # One without an address came through a file socket of this computer.
    return client is None or is_loopback(client[0]) or _of_class(scope) or sign_in_configured()


def _of_class(scope: Scope) -> bool:
    return scope["type"] == "http" and (scope["path"] == OPEN[0] or scope["path"].startswith(OPEN[1]))
