"""Navigation, and what stands on every page."""

import streamlit as st

from pages.components import layout, study_jobs
from pages.components.session import identity, no_study, widget_state
from pages.components.session.restore import session
from spine_core.assets import ASSETS

# A file of ours: a symbol by name would be fetched from a stranger's server.
ICON = str(ASSETS / "icon.png")

st.set_page_config(page_title="SpineLens", page_icon=ICON, layout="wide")

page = st.navigation(
    [
        st.Page("study.py", title="Study", icon=":material/folder_open:", default=True),
        st.Page("read.py", title="Read", icon=":material/grid_on:"),
        st.Page("prior.py", title="Prior", icon=":material/history:", visibility="hidden"),
        st.Page("explain.py", title="Explain", icon=":material/visibility:"),
        st.Page("compare.py", title="Compare", icon=":material/balance:"),
        st.Page("report.py", title="Report", icon=":material/article:"),
        st.Page("library.py", title="Library", icon=":material/photo_library:"),
        st.Page("audit.py", title="Audit", icon=":material/rule:"),
        st.Page("rate.py", title="Rate", icon=":material/star_rate:", visibility="hidden"),
        st.Page("teach.py", title="Teach", icon=":material/school:"),
        st.Page("room.py", title="Class", icon=":material/groups:", visibility="hidden"),
        st.Page("networks.py", title="Networks", icon=":material/hub:"),
        st.Page("benchmark.py", title="Benchmark", icon=":material/leaderboard:"),
        st.Page("model.py", title="Model", icon=":material/description:"),
        st.Page("glossary.py", title="Glossary", icon=":material/menu_book:"),
    ],
    position="top",
)
identity.redirect()
study_jobs.note_address()
store = session()
study_jobs.collect(store)
study_jobs.open_by_address(store)
layout.header(store)
no_study.notices(store)
study_jobs.show_progress(store)
try:
    page.run()
finally:
    store.choices = widget_state.chosen()
