"""What the app answers beside its pages: the viewer's bundle; pixels and progress to their own browser; a class."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.components import progress_route
from pages.components.session.browser_cookie import BrowserCookie
from pages.components.session.local_only import LocalOnly
from pages.components.session.sign_in_return import SignInReturn
from pages.components.teach.rooms.class_route import CLASS_ROUTES
from pages.components.viewer import pixel_route
from spine_core.assets import ASSETS

BUNDLE = ASSETS / "viewer" / "dist" / "viewer.js"

ROUTES = [
    pixel_route.ROUTE,
    progress_route.ROUTE,
    Mount("/viewer", StaticFiles(directory=BUNDLE.parent)),
    *CLASS_ROUTES,
]
# Who is not let in is given no cookie either.
MIDDLEWARE = [Middleware(LocalOnly), Middleware(BrowserCookie), Middleware(SignInReturn)]
