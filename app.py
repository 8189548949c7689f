"""The ASGI entry: `streamlit run app.py`. Pages are in pages/, the work in spine_core/."""

import streamlit as st

app = st.App("pages/main.py")
