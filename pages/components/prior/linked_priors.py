"""The current study and its prior in linked panes, at the same place of the patient."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.components.prior.prior_state import PriorState
from pages.components.series_names import distinct_names
from pages.components.session.state import SessionState
from pages.components.slices import marks
from pages.components.viewer.spine_region import spine_region
from pages.components.viewer.viewer import mount, with_drawing
from pages.components.viewer.viewer_data import Pane, mark_values, series_data, viewer_data
from spine_core.anatomy.types import Disc
from spine_core.grading.types import Reading
from spine_core.priors.comparison import PriorAlignment
from spine_core.study.types import Study


def linked_priors(store: SessionState, prior: PriorState, alignment: PriorAlignment) -> None:
    """Both series on the slices of the current one; the prior's discs keep the prior's names."""
    study, reading = store.study, store.reading
    assert study is not None
    assert prior.study is not None
    assert prior.reading is not None
    series = study.by_uid(alignment.registration.series_uid)
    resampled = alignment.resampled
    fixed = prior.memory.once(
        ("prior", resampled.uid),
        alignment,
        lambda: series_data(prior.pixels, prior.study, resampled, resampled.description),
    )
    discs = moved_discs(prior.study, prior.reading, alignment)
    on_prior = marks(prior.study, resampled, discs)
    shown = {
        "spine": spine_region(resampled, on_prior),
        "marks": mark_values(on_prior),
        "outlines": [],
    }
    name = distinct_names(study, reading)[series.uid]
    index = store.slice_index(series)
    data = viewer_data(
        study.sha256,
        [with_drawing(store, study, series, name), fixed | shown],
        [Pane(series.uid, "Current"), Pane(resampled.uid, resampled.description)],
        linked=True,
        level=store.level,
        slices={series.uid: index, resampled.uid: index},
        move={"serial": store.moves, "slices": {series.uid: index, resampled.uid: index}, "centers": {}},
    )
    mount("prior", data)
    _captions(prior, series.description)


def _captions(prior: PriorState, description: str) -> None:
    assert prior.alignment is not None
    (note,) = [one.text for one in prior.alignment.resampled.notes[-1:]]
    st.caption(f"Left: {description or 'the current series'}. Right: {note[0].lower()}{note[1:]}")


def moved_discs(study: Study, reading: Reading, alignment: PriorAlignment) -> tuple[Disc, ...]:
    """The prior's discs on its resampled series; those without a position are left out."""
    source = study.by_uid(alignment.registration.prior_series_uid)
    target, to_current = alignment.resampled.geometry, alignment.registration.to_prior.inverse
    if source.geometry is None or target is None:
        return ()
    found = []
    for disc in reading.discs:
        if disc.series_uid != source.uid:
            continue
        center = to_current(source.geometry.to_patient(disc.slice_index, *disc.center_px))
        edge = to_current(source.geometry.to_patient(disc.slice_index, *disc.posterior_px))
        index, row, column, _ = target.to_pixel(center)
        found.append(
            replace(
                disc,
                series_uid=alignment.resampled.uid,
                slice_index=index,
                center_px=(row, column),
                posterior_px=target.in_plane(index, edge),
                center_mm=(float(center[0]), float(center[1]), float(center[2])),
            )
        )
    return tuple(found)
