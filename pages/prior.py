"""The open study and a prior one of the same patient: registered, side by side, and what changed at each disc."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.prior import open_prior, prior_jobs
from pages.components.prior.change_table import change_table, protocol_warnings, refused, residual
from pages.components.prior.linked_priors import linked_priors
from pages.components.prior.prior_maps import prior_maps
from pages.components.session.state import current
from spine_core.priors.comparison import changes
from spine_core.priors.repeat_error import load

store = current()
if not layout.need_reading(store):
    st.stop()
assert store.reading is not None

layout.link("read.py", "Back to Read", ":material/arrow_back:")
st.markdown("### Compare with a prior study")
prior_jobs.go_on(store)
prior = prior_jobs.prior_of(store)
busy = prior_jobs.show_progress(store)
if prior.complaint:
    st.error(prior.complaint)
if prior.patients:
    open_prior.ask_which_patient(store, prior)
    st.stop()
if prior.study is None:
    if not busy:
        open_prior.ask_for_prior(store, prior)
    st.stop()
if not prior.confirmed:
    open_prior.ask_to_confirm(store, prior)
    st.stop()
with st.container(horizontal=True):
    st.button(
        "Close the prior", icon=":material/close:", key="prior-close", on_click=prior_jobs.drop, args=(store,)
    )
    if prior.complaint and not refused(prior.complaint):
        st.button("Try again", key="prior-again", on_click=prior_jobs.again, args=(store,))
if prior.alignment is None or prior.reading is None:
    st.stop()

errors = load()
match, discs = changes(store.reading, prior.reading, prior.alignment, errors)
residual(match, errors)
protocol_warnings(prior.alignment.protocol)
left, right = st.columns([1, 1], gap="medium")
with left:
    linked_priors(store, prior, prior.alignment)
with right:
    change_table(discs, errors)
st.markdown("#### Maps of one finding at both dates")
prior_maps(store, prior, match)
