from __future__ import annotations

import numpy as np
import streamlit as st

from pages.shared.store import current
from pages.shared.viewer import mount
from pages.shared.viewer_data import Map, Pane, map_data, series_data, viewer_data
from tests.pages import fakes

st.set_page_config(layout="wide")
store, study = current(), fakes.study()
series = study.series[0]

left = np.full((series.rows, series.columns), np.nan, np.float32)
left[20:140, 10:64] = 1.0
left[20:60, 10:64] = 0.3
right = np.full_like(left, np.nan)
right[20:140, 64:120] = -2.0
maps = {
    "left": Map("Grad-CAM", "left", 2, left, signed=False, scale=1.0),
    "right": Map("SHAP", "right", 2, right, signed=True, scale=2.0),
}
mount(
    "viewer",
    viewer_data(
        study.sha256,
        [series_data(store.pixels, study, series, "Sagittal T2") | {"marks": [], "outlines": []}],
        [
            Pane(series.uid, "Original"),
            Pane(series.uid, "Grad-CAM", "left"),
            Pane(series.uid, "SHAP", "right"),
        ],
        linked=True,
        slices={series.uid: 2},
        maps={name: map_data(store.pixels, shown) for name, shown in maps.items()},
    ),
)
