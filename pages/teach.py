"""Teaching: how to read a map."""

from __future__ import annotations

import streamlit as st

from pages.components.teach.primer.primer import primer

st.markdown("### Teach: how to read a map")
primer()
