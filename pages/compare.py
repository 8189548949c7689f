"""The same finding across methods: do they agree, and does the network do what they say?"""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components import job_progress, layout
from pages.components.compare import cross_model_panel, robustness_panel, stability_panel
from pages.components.compare.curves import curve_charts
from pages.components.compare.matrices import agreement_matrix
from pages.components.compare.tables import figures_table, localisation_table, verdict_list
from pages.components.downloads import comparison_downloads
from pages.components.explain import side_by_side
from pages.components.explain.explanation_jobs import comparison, sync_jobs, wanted
from pages.components.explain.target import ask_question
from pages.components.session.state import current
from pages.components.study_jobs import FAILED
from pages.components.viewer.linked_viewer import ask_how, linked_panes
from spine_core.jobs import State

store = current()
if not layout.need_reading(store):
    st.stop()

image, study, target = ask_question(store)

network, methods, channel = ask_how(store, image)
asked = wanted(image, target, network, methods)
if not asked:
    st.info("Choose at least one method to compare.")
    st.stop()
tasks = [(task.key, task.run) for task in asked]
jobs = {key: store.jobs.get(key) for key, _ in tasks}
maps = {key: job.result for key, job in jobs.items() if job is not None and job.state is State.DONE}
further = []
if len(maps) == len(asked):
    tasks.append(comparison(maps, image, 0, network))
    further = [
        stability_panel.asked_for(store, maps, image, network),
        robustness_panel.asked_for(maps, image, network),
        cross_model_panel.asked_for(store, asked),
    ]
    other = side_by_side.asked_for(store, image, asked)
    further.append(None if other is None else (other.key, other.run))
sync_jobs(store, [*tasks, *(task for task in further if task is not None)])

jobs = {key: store.jobs.get(key) for key, _ in tasks}
running = {
    f"Step {i} of {len(asked) + 1}": job
    for i, job in enumerate(jobs.values(), start=1)
    if job is not None and not job.over
}
if running:
    job_progress.watch(running, "compare")
    st.stop()
unfinished = [key for key, job in jobs.items() if job is None or job.state is not State.DONE]
if unfinished:
    failures = [job.error for job in jobs.values() if job is not None and job.state is State.FAILED]
    spoken = [str(error) for error in failures if isinstance(error, ValueError)]
    st.info(spoken[0] if spoken else FAILED if failures else "The comparison was cancelled.")
    if st.button("Run again", icon=":material/play_arrow:"):
        for key in unfinished:
            store.jobs.forget(key)
        st.rerun()
    st.stop()
if len(tasks) == len(asked):
    st.rerun()

found = jobs[tasks[-1][0]].result
st.html(f'<p class="sl-summary">{escape(found.summary)}</p>')
linked_panes(store, study, image, channel, asked)
left, right = st.columns([5, 7], gap="large")
with left:
    verdict_list(found)
    agreement_matrix(found)
    localisation_table(found)
with right:
    curve_charts(found)
figures_table(found)
checked = stability_panel.checks(store, maps, image, network)
robust = robustness_panel.alterations(store, maps, image, network)
across = cross_model_panel.networks(store, image, asked, maps)
side_by_side.beside(store, image, asked, maps)
comparison_downloads(study, found, tuple(maps.values()), image, checked, robust, across)

st.caption(
    f"{found.target.label()} at {found.level}. Answer with everything shown: {found.target_score:+.2f} log-odds; with "
    f"everything hidden: {found.baseline_score:+.2f}. Hidden parts are filled with "
    f"{found.settings['fill']}; {found.seconds:.0f} s, seed {found.seed}."
)
for note in found.notes:
    st.caption(note)
