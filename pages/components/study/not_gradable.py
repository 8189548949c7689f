"""Says at once, and in red, that the networks cannot grade what was opened: a knee, a chest, a computed tomography."""

from __future__ import annotations

import streamlit as st

from pages.components.session.state import SessionState
from spine_core.study.types import Plane, Study


def not_gradable(store: SessionState, study: Study) -> bool:
    """One box with the reasons, where no series may be graded or the reading found no lumbar disc; whether there is."""
    reasons = _reasons(store, study)
    if reasons:
        st.error(
            "**The networks cannot grade this study.** " + " ".join(f"{_sentence(one)}" for one in reasons),
            icon=":material/block:",
        )
    return bool(reasons)


def _reasons(store: SessionState, study: Study) -> list[str]:
    if all(series.not_gradable for series in study.series):
        sagittal = [series for series in study.series if series.plane is not Plane.AXIAL]
        return list(dict.fromkeys(series.not_gradable for series in sagittal or study.series))
    if store.reading is not None and not store.reading.discs:
        return ["no lumbar disc was found", *store.reading.notes]
    return []


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:].rstrip('.')}."
