"""Discs at positions that the networks were not trained on, according to the segmentation: on no disc, or parasagittal.

The networks grade any input. A single disc without a canal next to it is graded with a warning, since the canal may
only be narrow. A slice on which most discs have no canal is parasagittal and is not graded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Anatomy, Disc, Source, Structure
from spine_core.grading.types import Finding, PositionWarning, Status
from spine_core.study.types import Series

MAX_DISC_DISTANCE = 0.2
"""Largest distance of a segmented disc from the reader's marker, in inter-disc distances."""

REACH = 1.0
"""Radius around a disc's centre in which the canal is measured, in inter-disc distances."""
LEAST_CANAL = 0.05
"""Least area of the canal next to a disc, in squared inter-disc distances. On the midline it is far larger."""

PARASAGITTAL_FRACTION = 0.5
"""A slice is parasagittal where more than this fraction of its discs, and at least two, have no canal."""

LEAST_DISCS, LEAST_RESPONSE = 4, 0.4
"""Least number of discs and mean response on a single slice with an uncertain level count. 60 mid-sagittal images of
patients of fold 1 have at least four discs and a mean response of 0.41; the outermost slices of phantoms with any disc
reach at most 0.38."""


def levels_off_disc(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> tuple[str, ...]:
    """Levels that the reader placed on ``series`` where no disc is segmented; on segmented slices only.

    ``masks``: ``Structure`` labels by slice.
    """
    return tuple(
        disc.level
        for disc, mask in _segmented(discs, masks, series)
        if disc.source is Source.READER and not _on_a_disc(disc, mask, series.row_to_column_spacing)
    )


def levels_without_canal(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> tuple[str, ...]:
    """Levels of the discs on ``series`` without a segmented canal next to them; on segmented slices only."""
    return tuple(
        disc.level
        for disc, mask in _segmented(discs, masks, series)
        if _canal_area(disc, mask, series.row_to_column_spacing) < LEAST_CANAL
    )


def levels_on_parasagittal_slices(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> tuple[str, ...]:
    """Levels of all discs on parasagittal slices of ``series``; on segmented slices only."""
    discs = tuple(discs)
    without_canal = levels_without_canal(discs, masks, series)
    segmented = [disc for disc, _ in _segmented(discs, masks, series)]

    def is_parasagittal(slice_index: int) -> bool:
        no_canal = [disc.level in without_canal for disc in segmented if disc.slice_index == slice_index]
        return sum(no_canal) > max(1, PARASAGITTAL_FRACTION * len(no_canal))

    return tuple(disc.level for disc in segmented if is_parasagittal(disc.slice_index))


def position_warnings(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> dict[str, PositionWarning]:
    """The warning by level. Markers off the disc do not count in the check of their slice."""
    discs = tuple(discs)
    off = levels_off_disc(discs, masks, series)
    others = [disc for disc in discs if disc.level not in off]
    without_canal, parasagittal = (
        levels_without_canal(others, masks, series),
        levels_on_parasagittal_slices(others, masks, series),
    )
    return (
        dict.fromkeys(without_canal, PositionWarning.NO_CANAL)
        | dict.fromkeys(parasagittal, PositionWarning.PARASAGITTAL)
        | dict.fromkeys(off, PositionWarning.OFF_DISC)
    )


def shows_too_little(series: Series, anatomy: Anatomy) -> bool:
    """True for a single slice with few or weakly detected discs, which no other slice can confirm."""
    if series.slices > 1 or anatomy.level_certain or not anatomy.discs:
        return False
    response = float(np.mean([disc.confidence for disc in anatomy.discs]))
    return len(anatomy.discs) < LEAST_DISCS or response < LEAST_RESPONSE


def with_position_warnings(
    findings: Sequence[Finding], by_level: Mapping[str, PositionWarning]
) -> tuple[Finding, ...]:
    """The findings with the warnings of their levels.

    Findings on a parasagittal slice, or on a single slice that shows too little, lose their grade.
    """
    return tuple(
        _warned(one, by_level[one.level]) if one.level in by_level and one.grade is not None else one
        for one in findings
    )


def _warned(finding: Finding, warning: PositionWarning) -> Finding:
    if warning in (PositionWarning.PARASAGITTAL, PositionWarning.TOO_LITTLE):
        return Finding(
            finding.level,
            finding.condition,
            Status.NOT_GRADABLE,
            warning.value,
            finding.series_uids,
            outside_fraction=finding.outside_fraction,
            position_warning=warning,
            output=finding.output,
            view=finding.view,
        )
    reason = "; ".join(part for part in (warning.value, finding.reason) if part)
    return replace(finding, reason=reason, position_warning=warning)


def levels_with_warning(findings: Iterable[Finding], warning: PositionWarning) -> tuple[str, ...]:
    """Levels at which any finding has ``warning``, in the order of the findings."""
    return tuple(dict.fromkeys(one.level for one in findings if one.position_warning is warning))


def _segmented(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> Iterator[tuple[Disc, npt.NDArray[np.uint8]]]:
    """The discs on segmented slices of ``series``, each with the labels of its slice."""
    for disc in discs:
        if disc.series_uid == series.uid and disc.slice_index in masks:
            yield disc, masks[disc.slice_index]


def _on_a_disc(disc: Disc, mask: npt.NDArray[np.uint8], aspect: float) -> bool:
    return bool((_distances(disc, mask, Structure.DISC, aspect) <= MAX_DISC_DISTANCE).any())


def _canal_area(disc: Disc, mask: npt.NDArray[np.uint8], aspect: float) -> float:
    """Area of the canal within ``REACH``, in squared inter-disc distances."""
    near = (_distances(disc, mask, Structure.CANAL, aspect) <= REACH).sum()
    return float(near * aspect / disc.inter_disc_px**2)


def _distances(
    disc: Disc, mask: npt.NDArray[np.uint8], structure: Structure, aspect: float
) -> npt.NDArray[np.float64]:
    """Distance of every pixel of ``structure`` from the disc's centre, in inter-disc distances, (n,)."""
    away = (np.argwhere(mask == structure) - disc.center_px) * (aspect, 1.0)
    return np.asarray(np.hypot(*away.T) / disc.inter_disc_px, dtype=np.float64)
