"""The app with a quick backend, and with a clock that a test puts forward."""

import asyncio
import gc
import time

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.components.routes import MIDDLEWARE, ROUTES
from pages.components.session.restore import REGISTRY, sweeper, sweeping
from pages.components.streamlit_patches import patch_streamlit
from spine_core.networks.backend import AutoBackend
from spine_core.study.types import Study
from tests.quick_backend import search

AHEAD = [0.0]


async def later(request: Request) -> Response:
    """Puts the clock of the parked sessions forward, once no tab with a study is connected; says what is left."""
    while any(one.connection is not None and not one.state.empty for one in REGISTRY._entries.values()):
        await asyncio.sleep(0.02)
    AHEAD[0] += float(request.query_params["seconds"])
    sweeper.sweep()
    return Response(str(sum(isinstance(one, Study) for one in gc.get_objects())))


patch_streamlit()
AutoBackend._search = search
REGISTRY.clock = lambda: time.monotonic() + AHEAD[0]
app = st.App(
    "../../../pages/main.py",
    routes=[*ROUTES, Route("/later", later)],
    middleware=MIDDLEWARE,
    lifespan=sweeping,
)
