"""Discs at positions that the networks were not trained on, according to the segmentation: on no disc, or parasagittal.

The networks grade whatever is there. A single disc without a canal next to it is graded with a warning, since the canal
may only be narrow; a slice on which most discs have none is parasagittal and is not graded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Anatomy, Disc, Source, Structure
from spine_core.grading.types import Finding, PositionWarning, Status
from spine_core.study.types import Series

NEAR = 0.2
"""Disc distances. A disc that is outlined no nearer than this is not the one that a reader marked."""

REACH = 1.0
"""Disc distances from a disc's centre within which the canal is looked for."""
LEAST_CANAL = 0.05
"""Squares of the disc distance. Beside a disc of the midline lies far more."""

MOST = 0.5
"""More than this share of a slice's discs, and two of them, have no canal beside them: it lies to the side."""

LEAST_DISCS, LEAST_RESPONSE = 4, 0.4
"""Of a single slice whose level count is uncertain. In 60 mid-sagittal images of patients of fold 1 there were at least
four discs, with a mean detector response from 0.41 on; the outermost slices of phantoms in which discs are found at all
have 0.38 at most."""


def levels_off_disc(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> tuple[str, ...]:
    """Levels that the reader placed on ``series`` where no disc is outlined; on outlined slices only.

    ``masks``: ``Structure`` labels by slice.
    """
    return tuple(
        disc.level
        for disc, mask in _outlined(discs, masks, series)
        if disc.source is Source.READER and not _on_a_disc(disc, mask, series.row_to_column_spacing)
    )


def levels_without_canal(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> tuple[str, ...]:
    """Levels of the discs on ``series`` beside which hardly any canal is outlined; on outlined slices only."""
    return tuple(
        disc.level
        for disc, mask in _outlined(discs, masks, series)
        if _canal_beside(disc, mask, series.row_to_column_spacing) < LEAST_CANAL
    )


def levels_on_parasagittal_slices(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> tuple[str, ...]:
    """Levels of all discs on slices of ``series`` that lie to the side of the midline; on outlined slices only."""
    discs = tuple(discs)
    aside = levels_without_canal(discs, masks, series)
    outlined = [disc for disc, _ in _outlined(discs, masks, series)]

    def to_the_side(slice_index: int) -> bool:
        without = [disc.level in aside for disc in outlined if disc.slice_index == slice_index]
        return sum(without) > max(1, MOST * len(without))

    return tuple(disc.level for disc in outlined if to_the_side(disc.slice_index))


def position_warnings(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> dict[str, PositionWarning]:
    """The warning by level.

    A disc that the reader put in front of the spine is off the disc, and says nothing about its slice.
    """
    discs = tuple(discs)
    off = levels_off_disc(discs, masks, series)
    others = [disc for disc in discs if disc.level not in off]
    aside, beside = (
        levels_without_canal(others, masks, series),
        levels_on_parasagittal_slices(others, masks, series),
    )
    return (
        dict.fromkeys(aside, PositionWarning.NO_CANAL)
        | dict.fromkeys(beside, PositionWarning.PARASAGITTAL)
        | dict.fromkeys(off, PositionWarning.OFF_DISC)
    )


def shows_too_little(series: Series, anatomy: Anatomy) -> bool:
    """True for a single slice on which few discs, or faint ones, were found: no other slice can confirm them."""
    if series.slices > 1 or anatomy.level_certain or not anatomy.discs:
        return False
    response = float(np.mean([disc.confidence for disc in anatomy.discs]))
    return len(anatomy.discs) < LEAST_DISCS or response < LEAST_RESPONSE


def with_position_warnings(
    findings: Sequence[Finding], by_level: Mapping[str, PositionWarning]
) -> tuple[Finding, ...]:
    """The findings; those graded at a level of ``by_level`` carry its warning.

    On a parasagittal slice, or on a single one that shows too little, they lose their grade.
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
        )
    reason = "; ".join(part for part in (warning.value, finding.reason) if part)
    return replace(finding, reason=reason, position_warning=warning)


def levels_with_warning(findings: Iterable[Finding], warning: PositionWarning) -> tuple[str, ...]:
    """Levels at which any finding carries ``warning``, from the head down."""
    return tuple(dict.fromkeys(one.level for one in findings if one.position_warning is warning))


def _outlined(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> Iterator[tuple[Disc, npt.NDArray[np.uint8]]]:
    """Those on outlined slices of ``series``, each with the labels of its slice."""
    for disc in discs:
        if disc.series_uid == series.uid and disc.slice_index in masks:
            yield disc, masks[disc.slice_index]


def _on_a_disc(disc: Disc, mask: npt.NDArray[np.uint8], aspect: float) -> bool:
    return bool((_distances(disc, mask, Structure.DISC, aspect) <= NEAR).any())


def _canal_beside(disc: Disc, mask: npt.NDArray[np.uint8], aspect: float) -> float:
    """Area of the canal within ``REACH``, in squares of the disc distance."""
    near = (_distances(disc, mask, Structure.CANAL, aspect) <= REACH).sum()
    return float(near * aspect / disc.inter_disc_px**2)


def _distances(
    disc: Disc, mask: npt.NDArray[np.uint8], structure: Structure, aspect: float
) -> npt.NDArray[np.float64]:
    """Of every pixel of ``structure`` from the disc's centre, in disc distances, (n,)."""
    away = (np.argwhere(mask == structure) - disc.center_px) * (aspect, 1.0)
    return np.asarray(np.hypot(*away.T) / disc.inter_disc_px, dtype=np.float64)
