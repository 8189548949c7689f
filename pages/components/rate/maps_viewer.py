"""The slice of a sheet and its maps under letters, in linked panes. No method is named in what the browser is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.component_events import event_value, listen
from pages.components.rate.ellipse import drawn_ellipse
from pages.components.rate.rater import OpenSheet, keep
from pages.components.session.state import SessionState
from pages.components.viewer.stored_maps import MapPlace, StoredMap, is_signed, maps_data
from pages.components.viewer.viewer import EVENTS, mounted
from spine_core.audit.ratings.maps import AuditedMap, read_map
from spine_core.library.store import Library
from spine_core.study.types import Study


@st.fragment
def maps_viewer(
    store: SessionState, library: Library, opened: OpenSheet, study: Study, maps: Mapping[str, AuditedMap]
) -> None:
    """A fragment: a region that is drawn redraws nothing else."""
    view = opened.sheet.finding.view
    assert view is not None
    key = f"sheet-{opened.key}"
    data = _data(library, opened, study, maps)

    def drawn() -> None:
        measured = event_value(key, "measured")
        if measured is None:
            return
        region = drawn_ellipse(measured, data["series"][0], view.slice_index)
        if region != opened.content.get("region"):
            keep(store, library, opened, region=region, drawn=measured)

    mounted(key, data, **{f"on_{event}_change": listen for event in EVENTS} | {"on_measured_change": drawn})


def _data(
    library: Library, opened: OpenSheet, study: Study, maps: Mapping[str, AuditedMap]
) -> dict[str, Any]:
    finding = opened.sheet.finding
    assert finding.view is not None
    place = MapPlace(finding.view, finding.level, finding.target)
    stored = {letter: _map(library, opened, letter, one) for letter, one in maps.items()}
    data = maps_data(opened.key, opened.pixels, study, place, stored)
    return data | {"keys": [], "measured": opened.content.get("drawn", [])}


def _map(library: Library, opened: OpenSheet, letter: str, one: AuditedMap) -> StoredMap:
    # The hash of the map itself would tell equal maps of two sheets.
    content = hashlib.sha256(f"{opened.key} {letter}".encode()).hexdigest()
    signed = is_signed(one.method) and not opened.protocol.one_scale
    return StoredMap(f"Map {letter}", content, read_map(library, one), signed)
