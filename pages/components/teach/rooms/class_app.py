"""All that is under ``/class``: two pages, their files, and what they ask. Nothing else can be reached through it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

from pages.components.teach.rooms import player_routes, projector_routes
from spine_core.assets import ASSETS

FOLDER = ASSETS / "class"

HEADERS = {
    # Scripts and pictures of this server only; what a guest writes is never run, and no page frames this one.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def player(request: Request) -> Response:
    """The learners' page."""
    return FileResponse(FOLDER / "player.html", headers=HEADERS)


def projector(request: Request) -> Response:
    """The projector's page. Which room it shows stands behind the # of its address, with its secret."""
    return FileResponse(FOLDER / "projector.html", headers=HEADERS)


# The projector's addresses first: "projector" is nobody's code.
CLASS_APP = Router(
    [
        Route("/", player),
        Route("/projector", projector),
        *projector_routes.ROUTES,
        *player_routes.ROUTES,
        Mount("/files", StaticFiles(directory=FOLDER / "files")),
    ],
    redirect_slashes=False,
)
