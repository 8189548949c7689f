"""The viewer of the open study: the data it is given and the events it returns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components import outline_work, study_jobs
from pages.components.component_events import event_value, listen
from pages.components.routes import BUNDLE
from pages.components.series_names import distinct_names
from pages.components.session.state import SessionState, current
from pages.components.slices import center_on, on_series, passes_through
from pages.components.viewer.segment_outlines import segment_outlines
from pages.components.viewer.viewer_data import (
    Pane,
    drawn,
    editable_masks,
    factor_words,
    series_data,
    viewer_data,
)
from spine_core.assets import ASSETS
from spine_core.grading import reader_edits as change
from spine_core.study.hanging_protocol import arrange
from spine_core.study.types import Series, Study

EVENTS = ("view", "keys", "measurements", "disc", "placed", "measured", "outlines")


@st.cache_resource
def _component() -> Any:
    """The viewer, for any page. The browser fetches its bundle over HTTP and caches it until it changes."""
    version = hashlib.sha256(BUNDLE.read_bytes()).hexdigest()[:16]
    loader = (ASSETS / "components" / "viewer.js").read_text()
    return st.components.v2.component("spine_viewer", js=loader.replace("VERSION", version))


def mount(key: str, data: dict[str, Any], **listeners: Callable[[], None]) -> Any:
    """Puts the viewer on a page with ``data`` (``viewer_data``). ``listeners``: callbacks by event name.

    Key images and measurements are stored in the session, whichever page they come from.
    The result's ``disc`` is a level that was clicked in this run, ``placed`` a disc that was placed in this run.
    """
    store = current()

    stored_as = {"keys": "key_images", "measurements": "measurements", "measured": "drawn_measurements"}

    def keeper(event: str, attribute: str) -> Callable[[], None]:
        def keep() -> None:
            said = event_value(key, event)
            if said is not None:
                setattr(store, attribute, list(said))

        return keep

    listeners = {event: keeper(event, attribute) for event, attribute in stored_as.items()} | listeners
    stored = {"keys": store.key_images, "measured": store.drawn_measurements}
    callbacks = {f"on_{event}_change": listeners.get(event, listen) for event in EVENTS}
    return mounted(key, data | stored, **callbacks)


def mounted(key: str, data: dict[str, Any], **callbacks: Callable[[], None]) -> Any:
    """The viewer alone, with its data as they are: nothing of it reaches the open study."""
    return _component()(key=key, data=data, **callbacks)


@st.fragment
def viewer(store: SessionState) -> None:
    """All series of the study, hung. A fragment: an event of the viewer reruns this part alone."""
    if store.study is None or not store.study.series:
        return
    study = store.study

    def seen() -> None:
        view = event_value("viewer", "view")
        if view is None:
            return
        store.slices.update({uid: int(index) for uid, index in view["slices"].items()})
        store.series_uid = view["series"]

    def clicked() -> None:
        level = event_value("viewer", "disc")
        if level:
            store.select(level, store.condition)

    def edited() -> None:
        drawn = event_value("viewer", "outlines")
        if drawn:
            outline_work.take(store, drawn)

    def put() -> None:
        placed = event_value("viewer", "placed")
        if placed:
            place_disc(store, placed)

    # Callbacks take clicks over before the script runs: a run that is interrupted before this line would lose them.
    events = mount("viewer", shown(store, study), view=seen, disc=clicked, placed=put, outlines=edited)
    if events.disc or events.placed or events.outlines:
        st.rerun()


def shown(store: SessionState, study: Study) -> dict[str, Any]:
    """The viewer's data for the open study."""
    reading, disc = store.reading, store.disc
    names = distinct_names(study, reading)
    inferred = (
        {uid: weighting for uid, (weighting, _) in reading.inferred_weighting.items()} if reading else {}
    )
    hung, placed = arrange(
        study, inferred, lambda series: disc is not None and passes_through(study, series, disc)
    )
    first = [series for series in study.series if series.uid == store.first_uid]
    panes = [*first, *(series for series in hung if series not in first)][: len(hung)]
    centers = {
        series.uid: list(center)
        for series in study.series
        if disc is not None and (center := center_on(study, series, disc)) is not None
    }
    return viewer_data(
        study.sha256,
        [
            _with_segments(store, with_drawing(store, study, series, names[series.uid]), series)
            | _editable(store, series)
            for series in study.series
        ],
        [Pane(series.uid) for series in panes],
        layout=min(placed, 3),
        level=store.level,
        place=store.placing,
        editable=reading is not None,
        outline_edits=None if reading is None else store.outlines_received,
        slices=store.slices,
        move={"serial": store.moves, "slices": dict(store.turned), "centers": centers},
    )


def _with_segments(store: SessionState, drawn: dict[str, Any], series: Series) -> dict[str, Any]:
    """With the outlines of segmentations that came with the images, where they are shown."""
    return drawn | {"outlines": [*drawn["outlines"], *segment_outlines(store, series)]}


def _editable(store: SessionState, series: Series) -> dict[str, Any]:
    """The masks of a series whose outlines can be edited."""
    reading = store.reading
    if reading is None:
        return {}
    masks: dict[str, Any] = store.memory.once(
        ("masks", series.uid), reading, lambda: editable_masks(series, reading)
    )
    return masks


def with_drawing(store: SessionState, study: Study, series: Series, name: str) -> dict[str, Any]:
    """A series with its marks and outlines.

    Percentiles and outlines take longer than the rest: each is worked out once per study and per reading.
    """
    fixed = store.memory.once(
        ("series", series.uid), study, lambda: series_data(store.pixels, study, series, name)
    )
    reading = store.reading
    changing = store.memory.once(("drawn", series.uid), reading, lambda: drawn(study, series, reading))
    factor = store.memory.once(("factor", series.uid), study, lambda: factor_words(series))
    placed = "position assumed" if series.uid in store.own_frames else ""
    return fixed | {"name": " · ".join(filter(None, (name, placed, factor)))} | changing


def place_disc(store: SessionState, placed: dict[str, Any]) -> None:
    """Moves or adds the disc that the reader placed on a slice, on the series in which the discs were detected."""
    study, reading = store.study, store.reading
    if study is None or reading is None:
        return
    store.placing = ""
    source = study.by_uid(placed["series"])
    target = study.by_uid(reading.anatomies[0].series_uid) if reading.anatomies else source
    place = on_series(source, int(placed["slice"]), (float(placed["row"]), float(placed["column"])), target)
    if place is None:
        store.reading_complaint = (
            "Discs can be placed only on a series that shares coordinates with the one of the detected discs."
        )
        return
    index, row, column = place
    level = placed["level"]
    action = change.move_disc if any(d.level == level for d in reading.discs) else change.add_disc
    study_jobs.correct(
        store,
        lambda study, reading, bundle: action(
            study, reading, bundle, level, (row, column), slice_index=index
        ),
    )
