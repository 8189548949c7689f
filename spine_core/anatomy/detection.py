"""Finds the lumbar discs of a sagittal series, each on the slice that shows it best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector
from spine_core.anatomy.disc_sequence import find_disc_sequence, run_detector, whole_slice_frame
from spine_core.anatomy.level_assignment import (
    LevelAssignment,
    LocatedDisc,
    SliceDetection,
    assign_levels,
    best_slices,
    located_discs,
)
from spine_core.anatomy.level_count import Counting
from spine_core.anatomy.types import ABOVE, BELOW, LEVELS, Anatomy, Disc, LevelCount
from spine_core.progress import Progress, silent
from spine_core.study.geometry import Affine2, crop_frame
from spine_core.study.types import Series

Array = npt.NDArray[np.float64]
Picture = Callable[[int], npt.NDArray[np.float32]]

FIRST_LOOK = 9
"""Slices of a stack that are looked at first, spread over its middle part."""
REACH_MM = 22.0
"""How far from the middle of the stack the midline is searched; scoliosis rarely moves it further."""
SECOND_LOOK = 9
"""Slices around the best one that are looked at again, scaled to the discs found."""
SECOND_STEP_MM = 4.0
"""Distance between them in stacks of thin slices."""
MIN_LEVEL_RESPONSE = 0.25
"""Mean level heat below which the discs found are not taken for a lumbar spine."""
MIN_DISC_RESPONSE = 0.3
"""Heat below which a single place is not taken for a disc."""


def detect_discs(
    localiser: detector.DiscDetector,
    series: Series,
    progress: Progress = silent,
    counting: Counting | None = None,
) -> Anatomy:
    """Discs L1/L2 to L5/S1 of a sagittal series with their slices.

    Where no lumbar spine is found, ``discs`` is empty and ``reasons`` says why. Without ``counting`` nothing says how
    sure the level names are, and they are not called certain.
    """
    anatomy, count = search(localiser, series, progress)
    if counting is None or count is None:
        return anatomy
    own = counting(count, reference_picture(series, count), series.row_to_column_spacing)
    reasons = anatomy.reasons if own.certain else (uncertain(own), *anatomy.reasons)
    return replace(anatomy, level_certain=own.certain, reasons=reasons, level_count=own)


def search(
    localiser: detector.DiscDetector, series: Series, progress: Progress = silent
) -> tuple[Anatomy, LevelAssignment | None]:
    """What ``locate`` finds, and how its discs were counted; None where there are none."""
    pictures: dict[int, npt.NDArray[np.float32]] = {}

    def picture(index: int) -> npt.NDArray[np.float32]:
        if index not in pictures:
            pictures[index] = detector.standardise(series.display_slice(index), series.valid(index))
        return pictures[index]

    progress(0.0, "looking for the midline")
    frame = whole_slice_frame((series.rows, series.columns), series.row_to_column_spacing)
    first = _look(localiser, picture, _spread(series), frame)
    if not first:
        return _nothing(series, "no chain of lumbar discs was found in this series"), None
    progress(0.5, "counting the levels")
    count = assign_levels(first)
    second = _look(localiser, picture, _neighbours(count.reference.index, series), _closer(series, count))
    progress(0.9, "placing the discs")
    seen = second or first
    count = assign_levels(seen)
    anatomy = _place(series, seen, count)
    return anatomy, count if anatomy.discs else None


def reference_picture(series: Series, count: LevelAssignment) -> npt.NDArray[np.float32]:
    """The standardised slice that the count refers to."""
    index = count.reference.index
    return detector.standardise(series.display_slice(index), series.valid(index))


def uncertain(count: LevelCount) -> str:
    """What a reader has to know of names that may be wrong."""
    share, way = (count.up, "higher") if count.shift < 0 else (count.down, "lower")
    return (
        f"The level numbering may be off by one (probability {share:.2f} that every disc is one level {way}): "
        "check it against the sacrum."
    )


def _nothing(series: Series, reason: str) -> Anatomy:
    return Anatomy(series.uid, (), level_certain=False, reasons=(reason,))


def _slice_step(series: Series) -> float | None:
    """Mean distance between slices in mm; None where unknown."""
    if series.geometry is None or series.slices < 2:
        return None
    ends = series.geometry.positions[-1] - series.geometry.positions[0]
    return max(abs(float(ends @ series.geometry.normal)) / (series.slices - 1), 1e-3)


def _spread(series: Series) -> list[int]:
    """Slices for the first look: the middle of the stack, evenly, all of them where they are few."""
    middle = reach = (series.slices - 1) / 2
    step = _slice_step(series)
    if step is not None:
        reach = min(reach, REACH_MM / step)
    return sorted({round(p) for p in np.linspace(middle - reach, middle + reach, FIRST_LOOK)})


def _neighbours(index: int, series: Series) -> list[int]:
    step = max(1, round(SECOND_STEP_MM / (_slice_step(series) or SECOND_STEP_MM)))
    reach = SECOND_LOOK // 2
    return [i for k in range(-reach, reach + 1) if 0 <= (i := index + k * step) < series.slices]


def _look(
    localiser: detector.DiscDetector, picture: Picture, indices: Iterable[int], frame: Affine2
) -> list[SliceDetection]:
    indices = list(indices)
    views = run_detector(localiser, [picture(i) for i in indices], [frame] * len(indices))
    chains = [find_disc_sequence(view) for view in views]
    return [SliceDetection(i, v, c) for i, v, c in zip(indices, views, chains, strict=True) if c is not None]


def _closer(series: Series, count: LevelAssignment) -> Affine2:
    """A frame about the five lumbar discs in which they have the distance that the localiser knows best."""
    reference = count.reference
    points = reference.output.to_slice(reference.sequence.cells)
    indices = count.indices[reference.index]
    lumbar = points[(indices >= 0) & (indices < len(LEVELS))]
    middle = (lumbar if len(lumbar) else points).mean(axis=0)
    aspect = series.row_to_column_spacing
    width = detector.SIZE / detector.BEST_SPACING * _pitch(points, aspect)
    return crop_frame((float(middle[0]), float(middle[1])), (1.0, 0.0), width, detector.SIZE, aspect)


def _pitch(points: Array, aspect: float) -> float:
    """Median distance between neighbouring discs in columns of the slice."""
    return float(np.median(np.hypot(*(np.diff(points, axis=0) * np.array([aspect, 1.0])).T)))


def _place(series: Series, seen: list[SliceDetection], count: LevelAssignment) -> Anatomy:
    tables = {s.index: _sure(located_discs(s, count.indices[s.index])) for s in seen}
    views = {s.index: s for s in seen}
    chosen = best_slices(tables)
    discs = [_disc(series, views[index], level, tables[index][level]) for level, index in chosen.items()]
    level_heats = [tables[index][level].level_response for level, index in chosen.items()]
    if len(discs) < 3 or np.mean(level_heats) < MIN_LEVEL_RESPONSE:
        return _nothing(series, "no lumbar spine was recognised in this series")
    reasons = []
    if count.possible_transitional:
        reasons.append(
            "A disc is seen below the one called L5/S1: the vertebra between may be a transitional one."
        )
    missing = [level for level in LEVELS if level not in chosen]
    if missing:
        reasons.append(f"Not found: {', '.join(missing)}.")
    canal = float(np.mean([tables[index][level].canal_fraction for level, index in chosen.items()]))
    beyond = tuple(
        _disc(series, views[index], level, tables[index][level])
        for level, index in ((ABOVE, chosen.get(LEVELS[0])), (BELOW, chosen.get(LEVELS[-1])))
        if index is not None and level in tables[index]
    )
    return Anatomy(
        series.uid,
        tuple(discs),
        level_certain=False,
        reasons=tuple(reasons),
        canal_fraction=canal,
        beyond=beyond,
    )


def _sure(table: dict[str, LocatedDisc]) -> dict[str, LocatedDisc]:
    return {level: place for level, place in table.items() if place.response >= MIN_DISC_RESPONSE}


def _disc(series: Series, seen: SliceDetection, level: str, place: LocatedDisc) -> Disc:
    center, posterior = seen.output.to_slice(place.center), seen.output.to_slice(place.posterior)
    mm = None
    if series.geometry is not None:
        x, y, z = series.geometry.to_patient(seen.index, float(center[0]), float(center[1]))
        mm = (float(x), float(y), float(z))
    return Disc(
        level=level,
        series_uid=series.uid,
        slice_index=seen.index,
        center_px=(float(center[0]), float(center[1])),
        posterior_px=(float(posterior[0]), float(posterior[1])),
        center_mm=mm,
        inter_disc_px=_pitch(seen.output.to_slice(seen.sequence.cells), series.row_to_column_spacing),
        caudal=(float(place.caudal[0]), float(place.caudal[1])),
        confidence=place.response,
    )
