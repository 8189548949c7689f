"""Serves page.py with the viewer's routes, as the product's own app.py does."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pages.components.routes import MIDDLEWARE, ROUTES

app = st.App("page.py", routes=ROUTES, middleware=MIDDLEWARE)
