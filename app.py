"""The ASGI entry: `streamlit run app.py`. Pages are in pages/, the work in spine_core/."""

import streamlit as st

from pages.components.routes import MIDDLEWARE, ROUTES
from pages.components.session.restore import sweeping
from pages.components.streamlit_patches import patch_streamlit

patch_streamlit()
app = st.App("pages/main.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=sweeping)
