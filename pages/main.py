"""Navigation, and what stands on every page."""

import streamlit as st

from pages.shared import choices, chrome, opening, start
from pages.shared.grid import ASSETS
from pages.shared.restoring import session

# A file of ours: a symbol by name would be fetched from a stranger's server.
ICON = str(ASSETS / "icon.png")

st.set_page_config(page_title="SpineLens", page_icon=ICON, layout="wide")

page = st.navigation(
    [
        st.Page("study.py", title="Study", icon=":material/folder_open:", default=True),
        st.Page("read.py", title="Read", icon=":material/grid_on:"),
        st.Page("explain.py", title="Explain", icon=":material/visibility:"),
        st.Page("compare.py", title="Compare", icon=":material/balance:"),
        st.Page("benchmark.py", title="Benchmark", icon=":material/leaderboard:"),
        st.Page("model.py", title="Model", icon=":material/description:"),
    ],
    position="top",
)
opening.note_address()
store = session()
opening.open_by_address(store)
opening.collect(store)
chrome.header(store)
start.notices(store)
opening.show_progress(store)
try:
    page.run()
finally:
    store.choices = choices.chosen()
