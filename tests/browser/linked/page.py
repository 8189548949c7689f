from __future__ import annotations

from itertools import cycle, islice

import numpy as np
import streamlit as st

from pages.components.session.state import current
from pages.components.viewer.viewer import mount
from pages.components.viewer.viewer_data import (
    Map,
    Pane,
    crop_data,
    drawn,
    map_data,
    series_data,
    viewer_data,
)
from spine_core.grading.types import Channel
from spine_core.study.geometry import Affine2, crop_frame
from tests.pages import fakes

st.set_page_config(layout="wide")
store, study = current(), fakes.study()
series = study.series[0]

# Rows 20 to 140 and columns 10 to 64 of the slice, at half the slice's resolution along the rows.
left = np.ones((60, 54), np.float32)
left[:20] = 0.3
part = Affine2(((2.0, 0.0), (0.0, 1.0)), (20.5, 10.0))
whole = Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0))
right = np.full((series.rows, series.columns), np.nan, np.float32)
right[20:140, 64:120] = -2.0
maps = {
    "left": Map("Grad-CAM", "left", 2, part, left, signed=False, scale=1.0),
    "right": Map("SHAP", "right", 2, whole, right, signed=True, scale=2.0),
}
viewer = st.container()
panes = st.number_input("Number of panes", 2, 18, 3)
with viewer:
    mount(
        "viewer",
        viewer_data(
            study.sha256,
            [series_data(store.pixels, study, series, "Sagittal T2") | drawn(study, series, None)],
            [
                Pane(series.uid, "Original"),
                *(Pane(series.uid, maps[name].name, name) for name in islice(cycle(maps), panes - 1)),
            ],
            linked=True,
            # 60 pixels of the slice, not in its middle and turned a little.
            crop=crop_data(Channel("t2", series.uid, 2, crop_frame((100.0, 40.0), (1.0, 0.2), 60, 192)), 192),
            slices={series.uid: 2},
            maps={name: map_data(store.pixels, shown) for name, shown in maps.items()},
        ),
    )
