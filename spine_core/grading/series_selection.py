"""Selects the series that the networks read: those of the preferred weighting are scored, and the best is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.anatomy.types import LEVELS, Anatomy, Disc
from spine_core.grading.crops.sagittal import OFF_PLANE_MM
from spine_core.networks.registry import Bundle
from spine_core.progress import Part, Progress
from spine_core.study.types import Plane, Series, Study, Weighting

PREFERENCE = (Weighting.T2, Weighting.T2_SPACE, Weighting.T1, Weighting.UNKNOWN)
"""Preference of weightings for disc detection: fluid makes discs most visible on T2."""
MAX_SCORED = 60
"""Largest number of series of one weighting that are scored; more are subsampled evenly, since single slices of one
stack are similar."""
MIN_CANAL_FRACTION = 0.3
"""Least mean canal fraction of a mid-sagittal slice (``Anatomy.canal_fraction``)."""
CERTAIN, MIDLINE = 0.5, 0.7
"""Score of a certain level count, and the canal fraction at which its score saturates."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A series with the discs detected in it; ``anatomy`` has no segmentation yet."""

    series: Series
    anatomy: Anatomy

    @property
    def usable(self) -> bool:
        """True where discs were detected and the slices show the canal behind them."""
        return bool(self.anatomy.discs) and self.anatomy.canal_fraction >= MIN_CANAL_FRACTION

    @property
    def score(self) -> float:
        """Discs found, detector response, canal behind the discs (each 0 to 1) and certainty of the level count."""
        discs = self.anatomy.discs
        if not discs:
            return 0.0
        found = len(discs) / len(LEVELS) + float(np.mean([disc.confidence for disc in discs]))
        return found + min(self.anatomy.canal_fraction / MIDLINE, 1.0) + CERTAIN * self.anatomy.level_certain


def candidates(study: Study) -> list[Series]:
    """Series that the networks can read, in the order of preference."""
    usable = [
        series
        for series in study.series
        if not series.not_gradable
        and series.plane in (Plane.SAGITTAL, Plane.UNKNOWN)
        and series.weighting in PREFERENCE
    ]
    return sorted(
        usable,
        key=lambda s: (PREFERENCE.index(s.weighting), altered(s), s.plane is Plane.UNKNOWN, -s.slices),
    )


def altered(series: Series) -> bool:
    """True for fat suppression or contrast agent, which the training data lack."""
    return series.fat_suppressed or series.contrast_enhanced


def by_weighting(series: Sequence[Series]) -> list[list[Series]]:
    """Series of one weighting together, in the order of ``PREFERENCE``."""
    groups = ([one for one in series if one.weighting is weighting] for weighting in PREFERENCE)
    return [group for group in groups if group]


def ranked(bundle: Bundle, options: Sequence[Series], progress: Progress) -> list[Candidate]:
    """Detects the discs of every option; sorted by usability, latest examination, not ``altered``, and score."""
    chosen = [options[i] for i in np.unique(np.linspace(0, len(options) - 1, MAX_SCORED).round().astype(int))]
    found = []
    for number, series in enumerate(chosen):
        progress(number / len(chosen), f"detecting discs in series {number + 1} of {len(chosen)}")
        part = Part(progress, number / len(chosen), (number + 1) / len(chosen))
        found.append(Candidate(series, bundle.detect(series, part)))
    return sorted(
        found,
        key=lambda c: (c.usable, c.series.study_date, not altered(c.series), c.score),
        reverse=True,
    )


def why_chosen(best: Candidate, others: Sequence[Candidate], study: Study) -> str:
    """A sentence on why the series was chosen."""
    place = study.series.index(best.series) + 1
    anatomy = best.anatomy
    response = float(np.mean([disc.confidence for disc in anatomy.discs]))
    count = "certain" if anatomy.level_certain else "uncertain"
    facts = [f"{len(anatomy.discs)} of {len(LEVELS)} discs found", f"level count {count}"]
    facts += [f"detector response {response:.2f}", f"canal behind the discs {anatomy.canal_fraction:.2f}"]
    if not altered(best.series) and any(altered(other.series) for other in others):
        facts.append("without fat suppression or contrast agent")
    number = f"{place} of {len(study.series)}"
    name = f"Series {number} ({best.series.description})" if best.series.description else f"Image {number}"
    return f"{name} was chosen among {len(others) + 1}: {', '.join(facts)}."


def coverage(series: Series, discs: Sequence[Disc]) -> float:
    """Fraction of discs whose centre lies on a slice of ``series``, 0 to 1; 0 without coordinates."""
    if series.geometry is None:
        return 0.0
    centers = [disc.center_mm for disc in discs if disc.center_mm is not None]
    inside = 0
    for center in centers:
        _, row, column, away = series.geometry.to_pixel(center)
        inside += away <= OFF_PLANE_MM and 0 <= row < series.rows and 0 <= column < series.columns
    return inside / len(discs) if discs else 0.0
