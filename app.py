"""The ASGI entry: `streamlit run app.py`. Pages are in pages/, the work in spine_core/."""

import streamlit as st

from pages.shared.delivery import keep_clicks, keep_last_words, keep_upload_answers
from pages.shared.restoring import sweeping
from pages.shared.routes import MIDDLEWARE, ROUTES

keep_upload_answers()
keep_last_words()
keep_clicks()
app = st.App("pages/main.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=sweeping)
