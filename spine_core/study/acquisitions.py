"""Stacks of one acquisition belong together: axial blocks, each through one disc, are usually sent as one series."""

from __future__ import annotations

from spine_core.study.types import Plane, Series, Study, Weighting

PLANES = (Plane.SAGITTAL, Plane.AXIAL, Plane.CORONAL, Plane.OBLIQUE, Plane.UNKNOWN)
WEIGHTINGS = (Weighting.T2, Weighting.T2_SPACE, Weighting.T1)
"""Sagittal before axial, T2 before T1, as a radiologist reads a lumbar spine."""


def acquisitions(study: Study) -> tuple[tuple[Series, ...], ...]:
    """The stacks of each acquisition, acquisitions in reading order; stacks keep the order of the study.

    One acquisition: one SeriesInstanceUID, plane, weighting and description.
    """
    groups: dict[tuple[object, ...], list[Series]] = {}
    for series in study.series:
        key = (series.series_instance_uid, series.plane, series.weighting, series.description)
        groups.setdefault(key, []).append(series)
    return tuple(tuple(group) for group in sorted(groups.values(), key=lambda group: _order(group[0])))


def _order(series: Series) -> tuple[int, int, bool]:
    weighting = series.weighting
    return (
        PLANES.index(series.plane),
        WEIGHTINGS.index(weighting) if weighting in WEIGHTINGS else len(WEIGHTINGS),
        series.fat_suppressed or series.contrast_enhanced,
    )
