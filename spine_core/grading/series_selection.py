"""Which series the networks read: all usable ones of the best weighting are scored, and the best is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.anatomy.types import LEVELS, Anatomy, Disc
from spine_core.grading.crops import OFF_PLANE_MM
from spine_core.networks.registry import Bundle
from spine_core.progress import Part, Progress
from spine_core.study.types import Plane, Series, Study, Weighting

PREFERENCE = (Weighting.T2, Weighting.T2_SPACE, Weighting.T1, Weighting.UNKNOWN)
"""The weighting that places the discs: fluid outlines them best on T2."""
MOST = 60
"""Series of one weighting that are scored; of more, evenly chosen ones: neighbouring slices show the same discs."""
CANAL_SEEN = 0.3
"""Mean share of canal behind the discs below which a slice lies beside the midline (``Anatomy.canal``)."""
CERTAIN, MIDLINE = 0.5, 0.7
"""What a certain level count adds to the score, and the share of canal from which on more of it adds nothing."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A series with the discs detected in it; ``anatomy`` has no segmentation yet."""

    series: Series
    anatomy: Anatomy

    @property
    def usable(self) -> bool:
        """True where discs were found and the slices show the canal behind them."""
        return bool(self.anatomy.discs) and self.anatomy.canal_fraction >= CANAL_SEEN

    @property
    def score(self) -> float:
        """Discs found, detector response, canal behind the discs (each 0 to 1) and certainty of the level count."""
        discs = self.anatomy.discs
        if not discs:
            return 0.0
        found = len(discs) / len(LEVELS) + float(np.mean([disc.confidence for disc in discs]))
        return found + min(self.anatomy.canal_fraction / MIDLINE, 1.0) + CERTAIN * self.anatomy.level_certain


def candidates(study: Study) -> list[Series]:
    """Series that the networks may read, by weighting, plain ones first."""
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
    """True where fat is suppressed or contrast agent was given: the networks learned from plain series."""
    return series.fat_suppressed or series.contrast_enhanced


def by_weighting(series: Sequence[Series]) -> list[list[Series]]:
    """Series of one weighting together, in the order of ``PREFERENCE``."""
    groups = ([one for one in series if one.weighting is weighting] for weighting in PREFERENCE)
    return [group for group in groups if group]


def ranked(bundle: Bundle, options: Sequence[Series], progress: Progress) -> list[Candidate]:
    """Detects the discs of every option; usable ones first, then the latest examination, plain ones, the best score."""
    chosen = [options[i] for i in np.unique(np.linspace(0, len(options) - 1, MOST).round().astype(int))]
    found = []
    for number, series in enumerate(chosen):
        progress(number / len(chosen), f"looking for discs in series {number + 1} of {len(chosen)}")
        part = Part(progress, number / len(chosen), (number + 1) / len(chosen))
        found.append(Candidate(series, bundle.detect(series, part)))
    return sorted(
        found,
        key=lambda c: (c.usable, c.series.study_date, not altered(c.series), c.score),
        reverse=True,
    )


def why_chosen(best: Candidate, others: Sequence[Candidate], study: Study) -> str:
    """One sentence: what speaks for the series that is read, and what the others are like."""
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
    """Share of discs whose centre lies on a slice of ``series``; 0 without coordinates."""
    if series.geometry is None:
        return 0.0
    centers = [disc.center_mm for disc in discs if disc.center_mm is not None]
    inside = 0
    for center in centers:
        _, row, column, away = series.geometry.to_pixel(center)
        inside += away <= OFF_PLANE_MM and 0 <= row < series.rows and 0 <= column < series.columns
    return inside / len(discs) if discs else 0.0
