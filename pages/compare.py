"""The same finding across methods: do they agree, and does the network do what they say?"""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components import glossary, layout
from pages.components.compare import cross_model_panel, robustness_panel, stability_panel
from pages.components.compare.curves import curve_charts
from pages.components.compare.matrices import agreement_matrix
from pages.components.compare.tables import faithfulness_table, localisation_table, verdict_list
from pages.components.compare.waiting import known_so_far, unfinished
from pages.components.downloads import comparison_downloads
from pages.components.explain import side_by_side
from pages.components.explain.by_measurements import agreement_line
from pages.components.explain.explanation_jobs import comparison_work, requested, sync_jobs
from pages.components.explain.target import ask_question
from pages.components.session.state import current
from pages.components.viewer.linked_viewer import ask_how, finished, linked_panes
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.jobs import State

TABS = (
    "Agreement",
    "Faithfulness",
    "Anatomy",
    "Stability",
    "Robustness",
    "Other networks",
    "Another case",
)

store = current()
if not layout.need_reading(store):
    st.stop()

image, study, target = ask_question(store)

asked = ask_how(store, image, target)
image, target, channel = asked.image, asked.target, asked.channel
requests = requested(image, target, asked.network, asked.methods, store.owner)
if not requests:
    st.info("Choose at least one method to compare.")
    st.stop()
work = comparison_work(requests, 0)
other = side_by_side.asked_for(store, image, requests)
further = [
    stability_panel.asked_for(store, requests),
    robustness_panel.asked_for(requests),
    cross_model_panel.asked_for(store, requests),
    None if other is None else other.work,
]
sync_jobs(store, [*(one.work for one in requests), work, *(one for one in further if one is not None)])

compared = store.jobs.get(work.key)
maps = finished(store, requests)
# A map may have been dropped from the session before its comparison; it is being made again then.
if compared is None or compared.state is not State.DONE or len(maps) < len(requests):
    linked_panes(store, study, image, channel, requests, maps)
    unfinished(store, requests, work, maps)
    known_so_far(compared)
    st.stop()

found = compared.result
st.html(f'<p class="sl-summary">{escape(found.summary)}</p>')
linked_panes(store, study, image, channel, requests, maps)
verdict_list(found)
agreement_line(store, study, asked.network, image.level, target)
agreement, faithfulness, anatomy, stability, robustness, networks, cases = st.tabs(TABS)
with agreement:
    agreement_matrix(found)
with faithfulness:
    curve_charts(found)
    faithfulness_table(found)
with anatomy:
    localisation_table(found)
with stability:
    repeat_tests = stability_panel.checks(store, requests, tuple(maps.values()))
with robustness:
    robust = robustness_panel.alterations(store, requests, tuple(maps.values()))
with networks:
    across = cross_model_panel.networks(store, image, requests, maps)
with cases:
    side_by_side.beside(store, image, requests, maps)
report = ComparisonReport(study, image, tuple(maps.values()), found, repeat_tests, robust, across)
comparison_downloads(report)

st.caption(
    f"{found.target.label()} at {found.level}. {glossary.link('Log-odds')} of the whole image: "
    f"{found.target_score:+.2f}; fully masked ({glossary.link('Baseline', 'baseline')} {found.settings['baseline']}): "
    f"{found.baseline_score:+.2f}. {found.seconds:.0f} s, seed {found.seed}."
)
for note in found.notes:
    st.caption(note)
