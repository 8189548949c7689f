"""Maps of one finding at both dates: one method, one target, one colour scale."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.explain.explanation_jobs import (
    METHODS,
    ExplanationRequest,
    requested,
    sync_jobs,
    unavailable_methods,
)
from pages.components.prior.prior_state import PriorState
from pages.components.segments import segments
from pages.components.series_names import distinct_names
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from pages.components.viewer.linked_viewer import explanation_map, finished
from pages.components.viewer.viewer import mount, with_drawing
from pages.components.viewer.viewer_data import Pane, drawn, series_data, viewer_data
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import scale_by_peak
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import Channel, DiscImage, Finding
from spine_core.jobs import State
from spine_core.priors.matching import LevelMatch


def prior_maps(store: SessionState, prior: PriorState, match: LevelMatch) -> None:
    """Both maps of the selected finding, computed when asked for."""
    _choose_finding(store)
    finding = store.finding
    other = _counterpart(store, prior, match)
    image = store.image
    if finding is None or finding.grade is None or image is None:
        st.info("This finding has no grade to explain.")
        return
    if other is None:
        st.info("The prior has no input of the network for this disc.")
        return
    available = [
        name for name in METHODS if name not in unavailable_methods(finding_network(store), store.owner)
    ]
    if not available:
        st.info("None of these methods can explain the network.")
        return
    method = segments("Method", available, key="prior-method", format_func=lambda name: REGISTRY[name].label)
    if not st.toggle("Compute both maps", key="prior-maps"):
        return
    (mine,) = requested(image, finding.target, finding_network(store), [method], store.owner)
    (theirs,) = requested(other, finding.target, finding_network(store), [method], store.owner)
    sync_jobs(store, [mine.work, theirs.work])
    done = finished(store, [mine, theirs])
    if {mine.key, theirs.key} <= set(done):
        _both(store, prior, (mine, done[mine.key]), (theirs, done[theirs.key]))
    else:
        _waiting(store, mine, theirs)


def finding_network(store: SessionState) -> str:
    """Name of the network whose findings the table compares."""
    assert store.reading is not None
    return store.reading.model.name


def _choose_finding(store: SessionState) -> None:
    """Level and condition of the maps, the same selection as on Read."""
    reading = store.reading
    assert reading is not None
    levels = [disc.level for disc in reading.discs]
    conditions = {one.name: one.label for one in reading.conditions}

    def choose() -> None:
        store.select(st.session_state["prior-level"], st.session_state["prior-condition"])

    left, right = st.columns(2)
    left.selectbox("Disc", levels, index=levels.index(store.level) if store.level in levels else 0,
                   key="prior-level", on_change=choose)  # fmt: skip
    right.selectbox("Finding", list(conditions), key="prior-condition", on_change=choose,
                    index=list(conditions).index(store.condition), format_func=conditions.__getitem__)  # fmt: skip


def _counterpart(store: SessionState, prior: PriorState, match: LevelMatch) -> DiscImage | None:
    level = match.prior_level(store.level)
    assert prior.reading is not None
    finding: Finding | None = prior.reading.finding(level, store.condition) if level else None
    return None if finding is None else prior.reading.image_of(finding)


def _waiting(store: SessionState, mine: ExplanationRequest, theirs: ExplanationRequest) -> None:
    jobs = {"Map of the open study": store.jobs.get(mine.key), "Map of the prior": store.jobs.get(theirs.key)}
    running = {label: job for label, job in jobs.items() if job is not None and job_progress.awaited(job)}
    if any(job is not None and job.state is State.FAILED for job in jobs.values()):
        st.error(FAILED)
    elif running:
        job_progress.watch(running, "prior-maps")
    else:
        st.info("Cancelled.")


def _both(
    store: SessionState,
    prior: PriorState,
    mine: tuple[ExplanationRequest, Explanation],
    theirs: tuple[ExplanationRequest, Explanation],
) -> None:
    assert store.study is not None
    assert prior.study is not None
    scale = max(scale_by_peak([mine[1], theirs[1]]))
    channel, prior_channel = _channels(mine[0].image, theirs[0].image)
    series, prior_series = (
        store.study.by_uid(channel.series_uid),
        prior.study.by_uid(prior_channel.series_uid),
    )
    name = distinct_names(store.study, store.reading)[series.uid]
    own = with_drawing(store, store.study, series, name)
    other = prior.memory.once(
        ("prior-own", prior_series.uid),
        prior.reading,
        lambda: (
            series_data(prior.pixels, prior.study, prior_series, "Prior")
            | drawn(prior.study, prior_series, prior.reading)
        ),
    )
    # The same study opened twice has the same uids; the viewer tells series apart by them.
    other = other | {"uid": f"prior-{prior_series.uid}", "frame": f"prior-{other['frame']}"}
    data = viewer_data(
        store.study.sha256,
        [own, other],
        [Pane(series.uid, "Current", mine[0].key), Pane(other["uid"], "Prior, its own slice", theirs[0].key)],
        linked=True,
        level=store.level,
        slices={series.uid: channel.slice_index, other["uid"]: prior_channel.slice_index},
        maps={
            mine[0].key: explanation_map(store, *mine, channel, scale),
            theirs[0].key: explanation_map(store, *theirs, prior_channel, scale),
        },
        move={
            "serial": store.moves,
            "slices": {series.uid: channel.slice_index, other["uid"]: prior_channel.slice_index},
            "centers": {},
        },
    )
    mount("prior-maps-viewer", data)
    label = REGISTRY[mine[0].method].label
    st.caption(
        f"{label} of {mine[0].target.label()} at both dates, on the slices that the network saw, in one colour scale. "
        "An explanation, not a finding."
    )


def _channels(image: DiscImage, prior_image: DiscImage) -> tuple[Channel, Channel]:
    """Channels of the same weighting in both, else the first of each."""
    own = {one.weighting: one for one in image.channels if one is not None}
    other = {one.weighting: one for one in prior_image.channels if one is not None}
    common = next((name for name in own if name in other), None)
    if common is not None:
        return own[common], other[common]
    return next(iter(own.values())), next(iter(other.values()))
