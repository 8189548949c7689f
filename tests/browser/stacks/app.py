"""A page for the tests with stacks that the demonstration study does not have: long, tilted, real."""

import streamlit as st

from pages.components.routes import MIDDLEWARE, ROUTES

app = st.App("page.py", routes=ROUTES, middleware=MIDDLEWARE)
