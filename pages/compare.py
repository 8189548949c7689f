"""The same finding across methods: do they agree, and does the network do what they say?"""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.shared import chrome, work
from pages.shared.curves import curve_charts
from pages.shared.downloads import comparison_downloads
from pages.shared.explaining import comparison, start_missing, wanted
from pages.shared.opening import FAILED
from pages.shared.store import current
from pages.shared.tables import agreement_matrix, localisation_table, verdict_list
from pages.shared.target import ask_question
from spine_core.jobs import State

store = current()
if not chrome.need_reading(store):
    st.stop()

image, study, target = ask_question(store)

tasks = [(task.key, task.run) for task in wanted(image, target)]
jobs = {key: store.jobs.get(key) for key, _ in tasks}
if all(job is not None and job.state is State.DONE for job in jobs.values()):
    tasks.append(comparison({key: job.result for key, job in jobs.items() if job is not None}, image, seed=0))
start_missing(store, tasks)

jobs = {key: store.jobs.get(key) for key, _ in tasks}
running = {
    f"Step {i} of 4": job for i, job in enumerate(jobs.values(), start=1) if job is not None and not job.over
}
if running:
    work.watch(running, "compare")
    st.stop()
unfinished = [key for key, job in jobs.items() if job is None or job.state is not State.DONE]
if unfinished:
    failed = any(job is not None and job.state is State.FAILED for job in jobs.values())
    st.info(FAILED if failed else "The comparison was cancelled.")
    if st.button("Run again", icon=":material/play_arrow:"):
        for key in unfinished:
            store.jobs.forget(key)
        st.rerun()
    st.stop()
if len(tasks) == len(wanted(image, target)):
    st.rerun()

found = jobs[tasks[-1][0]].result
st.html(f'<p class="sl-summary">{escape(found.summary)}</p>')
left, right = st.columns([5, 7], gap="large")
with left:
    verdict_list(found)
    agreement_matrix(found)
    localisation_table(found)
    comparison_downloads(study, found)
with right:
    curve_charts(found)

st.caption(
    f"{found.target.label()} at {found.level}. Answer with everything shown: {found.answer:+.2f} log-odds; with "
    f"everything hidden: {found.hidden_answer:+.2f}. Hidden parts are filled with "
    f"{found.settings['fill']}; {found.seconds:.0f} s, seed {found.seed}."
)
for note in found.notes:
    st.caption(note)
