"""Where a browser goes after sign-in and sign-out: the page Library, from which it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENDS = ("/oauth2callback", "/auth/logout")
"""Streamlit's addresses that end a sign-in and a sign-out; both send the browser to the first page."""

PAGE = "library"


class SignInReturn:
    """ASGI middleware: sends the browser to the page Library where Streamlit would send it to the first page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Changes the header Location of these answers, unless it leads to the sign-in service."""
        if scope["type"] != "http" or not scope["path"].endswith(ENDS):
            await self._app(scope, receive, send)
            return

        async def to_library(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                location = headers.get("location", "")
                if location.startswith("/") and location.endswith("/"):
                    headers["location"] = location + PAGE
            await send(message)

        await self._app(scope, receive, to_library)
