"""A page for the tests with what Explain and Compare need: linked panes of one slice, each with its own map."""

import streamlit as st

from pages.components.routes import MIDDLEWARE, ROUTES

app = st.App("page.py", routes=ROUTES, middleware=MIDDLEWARE)
