"""What the app answers beside its pages: the viewer's bundle, and pixels to the browser that they belong to."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.components.viewer.pixel_route import ROUTE, BrowserCookie
from spine_core.assets import ASSETS

BUNDLE = ASSETS / "viewer" / "dist" / "viewer.js"

ROUTES = [ROUTE, Mount("/viewer", StaticFiles(directory=BUNDLE.parent))]
MIDDLEWARE = [Middleware(BrowserCookie)]
