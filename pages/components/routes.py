"""What the app answers beside its pages: the viewer's bundle, and pixels to the browser that they belong to."""

from __future__ import annotations

from pathlib import Path

from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.components.viewer.pixel_route import ROUTE, BrowserCookie

BUNDLE = Path(__file__).resolve().parents[2] / "assets" / "viewer" / "dist" / "viewer.js"

ROUTES = [ROUTE, Mount("/viewer", StaticFiles(directory=BUNDLE.parent))]
MIDDLEWARE = [Middleware(BrowserCookie)]
