"""Discs that a reader put where none is outlined.

The networks grade whatever lies there: from the maps of such a crop alone nobody can tell that it is no disc.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.model import Disc, Source, Structure
from spine_core.grading.model import Finding
from spine_core.study.model import Series

NEAR = 0.2
"""Disc distances. A disc that is outlined no nearer than this is not the one that a reader marked."""

OFF = "no disc is outlined where this one was put"


def off_discs(
    discs: Iterable[Disc], masks: Mapping[int, npt.NDArray[np.uint8]], series: Series
) -> tuple[str, ...]:
    """Levels that the reader placed on ``series`` where no disc is outlined; on outlined slices only.

    ``masks``: ``Structure`` labels by slice.
    """
    placed = [
        disc
        for disc in discs
        if disc.source is Source.READER and disc.series_uid == series.uid and disc.slice_index in masks
    ]
    return tuple(
        disc.level
        for disc in placed
        if not _on_a_disc(disc, masks[disc.slice_index], series.row_to_column_spacing)
    )


def doubted(findings: Sequence[Finding], off: Sequence[str]) -> tuple[Finding, ...]:
    """The findings, those that were graded at a level of ``off`` with that in their reason."""
    return tuple(
        replace(one, reason="; ".join(part for part in (OFF, one.reason) if part))
        if one.level in off and one.grade is not None
        else one
        for one in findings
    )


def told_off(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Levels at which any finding says that its disc lies where none is outlined, from the head down."""
    return tuple(dict.fromkeys(one.level for one in findings if one.reason.startswith(OFF)))


def _on_a_disc(disc: Disc, mask: npt.NDArray[np.uint8], aspect: float) -> bool:
    away = (np.argwhere(mask == Structure.DISC) - disc.center_px) * (aspect, 1.0)
    return bool((np.hypot(*away.T) <= NEAR * disc.pitch_px).any())
