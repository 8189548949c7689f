"""The ASGI entry: `streamlit run app.py`. Pages are in pages/, the work in spine_core/."""

import streamlit as st

from pages.shared.routes import MIDDLEWARE, ROUTES
from pages.shared.upload_answers import keep_upload_answers

keep_upload_answers()
app = st.App("pages/main.py", routes=ROUTES, middleware=MIDDLEWARE)
