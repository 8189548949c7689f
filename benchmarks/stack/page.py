"""Two stacks of 512 x 512 in the viewer, or with ?slider under st.slider and st.image; nothing else on the page."""

import numpy as np
import streamlit as st

from pages.components.session.state import current
from pages.components.viewer.viewer import mount
from pages.components.viewer.viewer_data import Pane, series_data, viewer_data
from spine_core.study.types import Patient, Plane, Series, Study, Weighting

SLICES, SIZE = 120, 512


@st.cache_resource
def study() -> Study:
    random = np.random.default_rng(0)
    made = []
    for uid in ("a", "b"):
        pixels = random.integers(0, 1000, (SLICES, SIZE, SIZE), dtype=np.uint16)
        made.append(
            Series(uid, "", "MR", Plane.UNKNOWN, Weighting.UNKNOWN, "", pixels, None, None, None, (), ())
        )
    return Study(tuple(made), (), Patient("key"), "benchmark")


store = current()
if "slider" in st.query_params:
    uid = st.radio("Series", ["a", "b"], horizontal=True)
    index = st.slider("Slice", 1, SLICES, 1) - 1
    st.image((study().by_uid(uid).pixels[index] // 4).astype(np.uint8))
else:
    series = [
        series_data(store.pixels, study(), one, one.uid) | {"marks": [], "outlines": []}
        for one in study().series
    ]
    mount(
        "viewer",
        viewer_data("benchmark", series, [Pane("a")], slices={"a": 0, "b": 0}),
    )
