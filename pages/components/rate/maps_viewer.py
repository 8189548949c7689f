"""The slice of a sheet and its maps under letters, in linked panes. No method is named in what the browser is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.components.component_events import listen
from pages.components.rate.ellipse import drawn_ellipse
from pages.components.rate.rater import OpenSheet, keep
from pages.components.series_names import distinct_names
from pages.components.session.state import SessionState
from pages.components.viewer.spine_region import spine_region
from pages.components.viewer.viewer import EVENTS, mounted
from pages.components.viewer.viewer_data import Map, Pane, crop_data, map_data, series_data, viewer_data
from spine_core.audit.ratings.maps import AuditedMap, read_map
from spine_core.audit.ratings.protocol import CONTROL
from spine_core.audit.view import View
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import Channel
from spine_core.library.store import Library
from spine_core.networks.display_names import SUFFIX
from spine_core.study.types import Series, Study


@st.fragment
def maps_viewer(
    store: SessionState, library: Library, opened: OpenSheet, study: Study, maps: Mapping[str, AuditedMap]
) -> None:
    """A fragment: a region that is drawn redraws nothing else."""
    view = opened.sheet.finding.view
    assert view is not None
    series = study.by_uid(view.series_uid)
    key = f"sheet-{opened.key}"
    data = _data(library, opened, study, series, maps)

    def drawn() -> None:
        region = drawn_ellipse(st.session_state[key]["measured"], data["series"][0], view.slice_index)
        if region != opened.content.get("region"):
            keep(store, library, opened, region=region, drawn=st.session_state[key]["measured"])

    mounted(key, data, **{f"on_{event}_change": listen for event in EVENTS} | {"on_measured_change": drawn})


def _data(
    library: Library, opened: OpenSheet, study: Study, series: Series, maps: Mapping[str, AuditedMap]
) -> dict[str, Any]:
    view = opened.sheet.finding.view
    assert view is not None
    name = distinct_names(study, None)[series.uid]
    shown = series_data(opened.pixels, study, series, name)
    plain = {"marks": [], "outlines": [], "spine": spine_region(series, [])}
    panes = [Pane(series.uid, "Original"), *(Pane(series.uid, f"Map {one}", one) for one in maps)]
    channel = Channel("", series.uid, view.slice_index, view.affine())
    data = viewer_data(
        opened.key,
        [shown | plain],
        panes,
        linked=True,
        level=opened.sheet.finding.level,
        slices={series.uid: view.slice_index},
        maps={letter: _map(library, opened, view, letter, one) for letter, one in maps.items()},
        crop=crop_data(channel, view.size),
    )
    return data | {"keys": [], "measured": opened.content.get("drawn", [])}


def _map(library: Library, opened: OpenSheet, view: View, letter: str, one: AuditedMap) -> dict[str, Any]:
    signed = _signed(one.method) and not opened.protocol.one_scale
    values = read_map(library, one)
    relevance: npt.NDArray[np.float32] = values if signed else np.maximum(values, np.float32(0.0))
    shown = Map(
        f"Map {letter}",
        hashlib.sha256(f"{opened.key} {letter}".encode()).hexdigest(),
        view.slice_index,
        view.affine(),
        relevance,
        signed,
        float(np.abs(relevance).max()),
        opened.sheet.finding.target,
    )
    return map_data(opened.pixels, shown)


def _signed(method: str) -> bool:
    return not method.startswith(CONTROL) and REGISTRY[method.removesuffix(SUFFIX)].signed
