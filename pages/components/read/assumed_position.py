"""Offers to place a series of another frame of reference where its own coordinates put it; the reader decides."""

from __future__ import annotations

import streamlit as st

from pages.components.series_names import distinct_names
from pages.components.session.state import SessionState
from spine_core.anatomy.assumed_position import (
    PositionAgreement,
    assume_position,
    position_agreement,
    withdraw_assumption,
)

HELP = (
    "DICOM compares positions within one frame of reference only: the patient may have moved between two. If the "
    "slices fit, scrolling and reference lines can follow as in one frame. No grade depends on it."
)


def position_offers(store: SessionState) -> None:
    """One question for each series whose positions agree with the discs, until it is answered; then a way back."""
    if store.study is None or store.reading is None:
        return
    names = distinct_names(store.study, store.reading)
    for series in store.study.series:
        if series.uid in store.own_frames:
            _assumed(store, series.uid, names[series.uid])
        elif series.uid not in store.frames_declined:
            found = position_agreement(store.study, store.reading.discs, series)
            if found is not None:
                _offer(store, found, names[series.uid])


def _offer(store: SessionState, found: PositionAgreement, name: str) -> None:
    st.info(
        f"**{name} has a frame of reference of its own,** so it does not follow the selected disc. Its positions "
        f"agree: {found.reached} of {found.discs} discs lie on its slices, {found.off_centre_mm:.0f} mm from the "
        "middle of the image (median), in the same examination.",
        icon=":material/question_mark:",
    )
    with st.container(horizontal=True):
        st.button(
            "Assume same position", key=f"assume-{found.series_uid}", on_click=_assume,
            args=(store, found.series_uid), help=HELP,
        )  # fmt: skip
        st.button(
            "Keep it separate", key=f"separate-{found.series_uid}", on_click=store.frames_declined.add,
            args=(found.series_uid,),
        )  # fmt: skip


def _assumed(store: SessionState, uid: str, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/my_location: {name}: position assumed by you; frames of reference differ.", help=HELP
        )
        st.button(
            "Separate it again", key=f"withdraw-{uid}", on_click=_withdraw, args=(store, uid), type="tertiary"
        )


def _assume(store: SessionState, uid: str) -> None:
    assert store.study is not None
    assert store.reading is not None
    frame = store.study.by_uid(store.reading.discs[0].series_uid).frame_of_reference_uid
    store.own_frames[uid] = store.study.by_uid(uid).frame_of_reference_uid
    store.study = assume_position(store.study, uid, frame)
    store.select(store.level, store.condition)


def _withdraw(store: SessionState, uid: str) -> None:
    assert store.study is not None
    store.study = withdraw_assumption(store.study, uid, store.own_frames.pop(uid))
    store.frames_declined.add(uid)
    store.select(store.level, store.condition)
