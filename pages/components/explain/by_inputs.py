"""The kind of explanation "Slices and sequences": the network is asked with other slices and without a weighting."""

from __future__ import annotations

import json

import streamlit as st

from pages.components import glossary
from pages.components.downloads import table_downloads
from pages.components.explain.explanation_jobs import Work, content_key, sync_jobs
from pages.components.explain.signed_bars import Bar, alternative_text, signed_bars
from pages.components.explain.unfinished import unfinished
from pages.components.networks.available import find_network, preparation
from pages.components.session.state import SessionState
from pages.components.viewer.linked_viewer import ask_graded_network
from spine_core.explanation.inputs.explain import explain_inputs
from spine_core.explanation.inputs.export import inputs_csv, inputs_json
from spine_core.explanation.inputs.types import InputExplanation
from spine_core.explanation.inputs.words import (
    SLICES_CONFIRMED,
    WEIGHTINGS_CONFIRMED,
    slice_name,
    slices_sentence,
    weighting_sentence,
)
from spine_core.grading.types import DiscImage
from spine_core.jobs import State
from spine_core.networks.target import Target
from spine_core.progress import Progress
from spine_core.study.types import Study

LABEL = "Slices and sequences"


def show_inputs(store: SessionState, study: Study, image: DiscImage, target: Target) -> None:
    """Bars of the score per slice and per weighting, each with its deletion test."""
    network, image, target = ask_graded_network(store, image, target)
    work = _work(store, study, image, target, network)
    sync_jobs(store, [work])
    job = store.jobs.get(work.key)
    if job is None or job.state is not State.DONE:
        unfinished(store, work.key, job, LABEL, "inputs")
        return
    found: InputExplanation = job.result
    slices, weightings = st.columns([6, 5], gap="large")
    with slices:
        _slices(found)
    with weightings:
        _weightings(found)
    st.caption(
        "This shows what the network reports if it is given other images, not where in the image it looks. The crop "
        "stays at the disc's place on every slice, where the anatomy may differ. A network that always saw both "
        f"weightings in training may react to a missing one by itself. {found.model_evaluations} model evaluations in "
        f"{found.seconds:.0f} s. Research and teaching use."
    )
    table_downloads(
        "spinelens-slices-and-sequences", lambda: inputs_csv(found, study), "One line per slice and per weighting.",
        lambda: json.dumps(inputs_json(found, study), indent=2),
        "Everything, with the curves of the deletion tests.",
    )  # fmt: skip


def _work(store: SessionState, study: Study, image: DiscImage, target: Target, network: str) -> Work:
    owner = store.owner

    def run(progress: Progress) -> InputExplanation:
        return explain_inputs(find_network(network, owner), image, target, study, progress)

    key = content_key("explain-inputs-", image, study.sha256, network, target.question)
    return Work(key, run, after=lambda: (preparation(network, owner),))


def _slices(found: InputExplanation) -> None:
    st.markdown("**Which slice?**")
    st.markdown(slices_sentence(found))
    bars = [
        Bar(
            slice_name(one),
            one.log_odds,
            hover=f"{slice_name(one)}: {one.log_odds:+.2f}, {one.probability:.0%}",
        )
        for one in found.slices
    ]
    figure = signed_bars(
        bars, f"Log-odds of {found.target.short_label()}; dotted: graded slice", found.log_odds
    )
    what = f"Log-odds of {found.target.short_label()} by slice"
    st.plotly_chart(figure, width="stretch", key="by-slice", alt=alternative_text(what, bars))
    st.caption(SLICES_CONFIRMED[found.slice_test.support])


def _weightings(found: InputExplanation) -> None:
    st.markdown("**Which sequence?**")
    for one in found.weightings:
        st.markdown(weighting_sentence(one, found))
    if len(found.weightings) == 1:
        (only,) = found.weightings
        st.caption(
            f"{glossary.link('Log-odds')} with it: {found.log_odds:+.2f}; blurred: {only.blurred:+.2f}; without: "
            f"{found.empty:+.2f}."
        )
        return
    bars = [
        Bar(
            one.weighting.upper(),
            one.contribution,
            hover=f"{one.contribution:+.2f}; without it {one.without:+.2f}, alone {one.alone:+.2f}, blurred "
            f"{one.blurred:+.2f}",
        )
        for one in found.weightings
    ]
    figure = signed_bars(bars, "Contribution to the log-odds (Shapley value of leaving it out)")
    what = f"Contribution of each weighting to the log-odds of {found.target.short_label()}"
    st.plotly_chart(figure, width="stretch", key="by-weighting", alt=alternative_text(what, bars))
    _table(found)
    st.caption(WEIGHTINGS_CONFIRMED[found.weighting_test.support])


def _table(found: InputExplanation) -> None:
    rows = "\n".join(
        f"| {one.weighting.upper()} | {one.without:+.2f} | {one.alone:+.2f} | {one.blurred:+.2f} |"
        for one in found.weightings
    )
    st.markdown(f"| {glossary.link('Log-odds')} | left out | alone | blurred |\n|---|---|---|---|\n{rows}")
    st.caption(f"Both together: {found.log_odds:+.2f}. No image at all: {found.empty:+.2f}.")
