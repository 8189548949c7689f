"""The released maps of a finding in linked panes beside the original."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

from pages.components.component_events import listen
from pages.components.explain.explanation_jobs import METHODS
from pages.components.teach.case_view import CaseView, Drawn, placed_by
from pages.components.teach.exercise.open_case import OpenCase
from pages.components.teach.finding_form import Finding, words_of
from pages.components.viewer.stored_maps import MapPlace, StoredMap, is_signed, maps_data
from pages.components.viewer.viewer import EVENTS, mounted
from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import CONTROL
from spine_core.library.store import Library
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.display_names import SUFFIX
from spine_core.teaching.answers import Click
from spine_core.teaching.release_store import read_released_map
from spine_core.teaching.released import ReleasedFinding


def maps_viewer(
    library: Library, opened: OpenCase, view: CaseView, finding: ReleasedFinding, drawn: Sequence[Drawn],
    put: Callable[[Finding, Click], None], letters: Sequence[str] = (),
) -> None:  # fmt: skip
    """The maps of a finding, or the slice alone where none was released. ``put`` is told a place that was marked.

    ``letters``: methods whose maps are shown as A, B, C; nothing that the browser is sent names one then.
    """
    if finding.view is None or finding.grade is None:
        return
    # One element for all findings: another finding changes what it shows.
    key = f"maps-{opened.attempt.id}"
    grade = f"{BY_NAME[finding.condition].label} {words_of(finding.condition, finding.grade)}"
    place = MapPlace(finding.view, finding.level, grade)
    data = view.memory.once(
        ("maps", bool(letters)), finding,
        lambda: maps_data(
            f"{view.key}-maps", view.pixels, view.study, place,
            _blinded(library, finding, letters) if letters else _stored(library, finding),
        ),
    )  # fmt: skip
    series = [
        one | {"places": [each.values() for each in drawn if each.click.series_uid == one["uid"]]}
        for one in data["series"]
    ]
    shown = {"series": series, "place": " ".join(view.placing or ()), "keys": [], "measured": []}
    callbacks = {f"on_{event}_change": listen for event in EVENTS}
    mounted(key, data | shown, **callbacks | {"on_placed_change": placed_by(key, view, put)})


def _stored(library: Library, finding: ReleasedFinding) -> dict[str, StoredMap]:
    return {
        f"{finding.level} {finding.condition} {method}": StoredMap(
            method_label(method), sha256, read_released_map(library, finding, method), is_signed(method)
        )
        for method, sha256 in sorted(finding.maps.items(), key=lambda one: map_order(one[0]))
    }


def _blinded(library: Library, finding: ReleasedFinding, letters: Sequence[str]) -> dict[str, StoredMap]:
    """On one scale: which maps speak against a grade as well would tell the method."""
    return {
        f"{finding.level} {finding.condition} {letter}": StoredMap(
            f"Map {letter}", finding.maps[method], read_released_map(library, finding, method), signed=False
        )
        for letter, method in zip(string.ascii_uppercase, letters, strict=False)
    }


def map_order(method: str) -> tuple[bool, int, str]:
    """The three methods that every page begins with, then others, controls last."""
    first = METHODS.index(method) if method in METHODS else len(METHODS)
    return method.startswith(CONTROL) or method.endswith(SUFFIX), first, method
