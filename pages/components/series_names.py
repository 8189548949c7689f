"""What series are called on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from pages.components.slices import passes_through
from spine_core.anatomy.types import Disc
from spine_core.grading.types import Reading
from spine_core.study.types import Plane, Series, Study, Weighting


def weighting_of(series: Series, reading: Reading | None) -> tuple[str, str]:
    """Weighting in a clinician's words with its reason: the header's, else what the pixels told."""
    told = reading.inferred_weighting if reading is not None else {}
    name, reason = told.get(series.uid, (series.weighting.value, series.weighting_reason))
    return name.replace("_", " ").upper(), reason


def series_name(series: Series, reading: Reading | None) -> str:
    """Plane and weighting in a clinician's words."""
    weighting, _ = weighting_of(series, reading)
    plane = "Image" if series.plane is Plane.UNKNOWN else series.plane.capitalize()
    if weighting == Weighting.UNKNOWN.upper():
        return plane
    if weighting == Weighting.OTHER.upper():
        return f"{plane}, neither T1 nor T2"
    return f"{plane} {weighting}"


def distinct_names(study: Study, reading: Reading | None, discs: Sequence[Disc] = ()) -> dict[str, str]:
    """A name per series uid; axial stacks carry the level that they pass through, equal names are numbered.

    ``discs``: where the levels are, in a study without a reading.
    """
    names: dict[str, str] = {}
    for series in study.series:
        level = _level_of(study, series, discs if reading is None else reading.discs)
        plain = series_name(series, reading)
        plain = name = f"{plain}, {level}" if level else plain
        number = 2
        while name in names.values():
            name, number = f"{plain} ({number})", number + 1
        names[series.uid] = name
    return names


def _level_of(study: Study, series: Series, discs: Sequence[Disc]) -> str:
    """The one level that a short axial stack was planned on; empty where it passes through several or none."""
    if series.plane is not Plane.AXIAL or series.geometry is None:
        return ""
    passed = [disc.level for disc in discs if passes_through(study, series, disc)]
    return passed[0] if len(passed) == 1 else ""
