"""A page for the tests with what Read needs to edit outlines, without networks."""

import streamlit as st

from pages.components.routes import MIDDLEWARE, ROUTES

app = st.App("page.py", routes=ROUTES, middleware=MIDDLEWARE)
