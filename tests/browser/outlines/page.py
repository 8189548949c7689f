from __future__ import annotations

import streamlit as st

from pages.components.session.state import current
from pages.components.viewer.viewer import viewer
from spine_core.networks import registry
from tests.pages import fakes

st.set_page_config(layout="wide")
registry._load = lambda folder, device: fakes.bundle()
store = current()
if store.study is None:
    store.study = fakes.study()
    store.adopt(fakes.segmented_reading())
st.button("Run again")
viewer(store)
for edit in store.reading.outline_edits if store.reading else ():
    st.markdown(f"{edit.structure.name} on {edit.slice_index}: {edit.changed_px} pixels by {edit.reader}")
