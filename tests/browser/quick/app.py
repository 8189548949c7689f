"""The app as users start it, but LIME, SHAP and metrics evaluate the smallest network of the released ensemble."""

import streamlit as st

from pages.components.routes import MIDDLEWARE, ROUTES
from pages.components.session.restore import sweeping
from pages.components.streamlit_patches import patch_streamlit
from spine_core.networks.backend import AutoBackend
from tests.quick_backend import search

patch_streamlit()
AutoBackend._search = search
app = st.App("../../../pages/main.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=sweeping)
