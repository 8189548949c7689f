"""The entry of a class among the app's routes. Its parts are loaded with the first request: most servers hold none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/class"


def _load() -> ASGIApp:
    from pages.components.teach.rooms.class_app import CLASS_APP

    return CLASS_APP


async def _class(scope: Scope, receive: Receive, send: Send) -> None:
    app = await run_in_threadpool(_load)
    await app(scope, receive, send)


def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/")


CLASS_ROUTES = [Route(PATH, _with_slash), Mount(PATH, _class)]
