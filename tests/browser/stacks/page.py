from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.session.state import current
from pages.components.viewer.viewer import mount
from pages.components.viewer.viewer_data import Pane, series_data, viewer_data
from spine_core.study.types import Patient, Series, Study
from tests.browser.stacks.made import long, real, tilted


@st.cache_resource
def stack(kind: str) -> tuple[list[Series], list[dict]]:
    return {"real": real, "long": long, "tilted": tilted}[kind]()


def shown(series: Sequence[Series], drawn: Sequence[dict]) -> None:
    store, kind = current(), series[0].uid
    study = Study(tuple(series), (), Patient("key"), kind)
    told = [
        series_data(store.pixels, study, one, one.uid) | {"spine": None, "marks": [], "outlines": list(drawn)}
        for one in series
    ]
    panes = [Pane(one.uid) for one in series]
    slices = {one.uid: one.slices // 2 for one in series}
    mount("viewer", viewer_data(kind, told, panes, layout=len(panes), slices=slices))


st.set_page_config(layout="wide")
if "stack" in st.query_params:
    shown(*stack(st.query_params["stack"]))
