"""The sheet that a rater is at: what is asked, maps and other reasons, the form; or why there is none."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from pages.components.rate.form import form
from pages.components.rate.maps_viewer import maps_viewer
from pages.components.rate.progress import corrected_sheet
from pages.components.rate.rater import OpenSheet, open_sheet
from pages.components.rate.reasons import maps_of, reasons
from pages.components.rate.sheet_study import sheet_study
from pages.components.session.state import SessionState
from spine_core.audit.ratings.protocol import Design, is_reason
from spine_core.audit.ratings.shown import sheet_maps
from spine_core.audit.ratings.standing import Standing
from spine_core.audit.ratings.store import Audit
from spine_core.library.store import Library
from spine_core.library.types import Person


def rate(store: SessionState, library: Library, person: Person, audit: Audit, there: Standing) -> None:
    """One sheet of a rating study. ``there``: how far the rater is."""
    again = corrected_sheet(there)
    waiting = there.ready[:2] if again is None else (again,)
    if not waiting:
        _finished(there)
        return
    sheet = waiting[0]
    ahead = waiting[1].finding.case_id if len(waiting) > 1 else None
    study = sheet_study(store, library, person, audit.id, sheet.finding.case_id, ahead)
    if study is None:
        return
    opened = open_sheet(library, person, audit.id, audit.protocol, sheet, correcting=again is not None)
    _asked(opened)
    shown = sheet_maps(library, person, audit.id, sheet)
    maps_viewer(store, library, opened, study, maps_of(shown))
    reasons(library, shown)
    # It stays in view while the maps scroll behind it.
    with st.container(key="rate-form"):
        form(store, library, opened)


def _finished(there: Standing) -> None:
    if there.opens is None:
        st.success("All sheets are submitted. Thank you.", icon=":material/check:")
        return
    st.info(
        f"The first part is done. The second part, with maps, opens on {there.opens:%Y-%m-%d at %H:%M} (UTC), so that "
        "the cases are not remembered.",
        icon=":material/event:",
    )


def _asked(opened: OpenSheet) -> None:
    finding = opened.sheet.finding
    with st.container(gap=None):
        st.markdown(f"#### {finding.level} · {finding.label}")
        st.caption(" ".join(_explained(opened)))


def _explained(opened: OpenSheet) -> Iterator[str]:
    finding, protocol = opened.sheet.finding, opened.protocol
    if opened.sheet.with_maps:
        what = "map" if not any(map(is_reason, opened.sheet.methods.values())) else "map and reason"
        yield (
            f"Every {what} claims to show why a network reports **{finding.target}**; some are controls that have "
            "nothing to do with it. Whether the network is right is not told."
        )
        if protocol.one_scale:
            yield "All maps have one colour scale and show only what speaks for the grade."
        yield "Full colour is each map's strongest pixel."
        if protocol.design is Design.SEQUENTIAL:
            yield "You graded this disc without maps before; grade it again now."
    else:
        yield "Grade this disc on the images alone."
    if protocol.ask_region:
        yield (
            "Optional: draw an ellipse (key E in the viewer) around the region that decides this finding; the last one "
            "counts."
        )
