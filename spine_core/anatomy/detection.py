"""Detects the lumbar discs of a sagittal series, each on the slice that shows it best."""

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
SliceLoader = Callable[[int], npt.NDArray[np.float32]]

FIRST_PASS_SLICES = 9
"""Slices of the first pass, spread over the middle part of the stack."""
REACH_MM = 22.0
"""Largest distance of the midline from the middle of the stack; scoliosis rarely moves it further."""
SECOND_PASS_SLICES = 9
"""Slices of the second pass, around the best one, scaled to the discs found."""
SECOND_STEP_MM = 4.0
"""Distance between the slices of the second pass in stacks of thin slices."""
MIN_LEVEL_RESPONSE = 0.25
"""Least mean level response of a lumbar spine."""
MIN_DISC_RESPONSE = 0.3
"""Least response of a disc."""


def detect_discs(
    disc_detector: detector.DiscDetector,
    series: Series,
    progress: Progress = silent,
    counting: Counting | None = None,
) -> Anatomy:
    """Detects the discs L1/L2 to L5/S1 of a sagittal series with their slices.

    Where no lumbar spine is found, ``discs`` is empty and ``reasons`` holds the reason. Without ``counting`` the level
    names have no probabilities and are never certain.
    """
    anatomy, count = search(disc_detector, series, progress)
    if counting is None or count is None:
        return anatomy
    level_count = counting(count, reference_picture(series, count), series.row_to_column_spacing)
    reasons = anatomy.reasons if level_count.certain else (uncertain(level_count), *anatomy.reasons)
    return replace(anatomy, level_certain=level_count.certain, reasons=reasons, level_count=level_count)


def search(
    disc_detector: detector.DiscDetector, series: Series, progress: Progress = silent
) -> tuple[Anatomy, LevelAssignment | None]:
    """The anatomy without level probabilities, and the level assignment; None where no discs were found."""
    standardised: dict[int, npt.NDArray[np.float32]] = {}

    def standardised_slice(index: int) -> npt.NDArray[np.float32]:
        if index not in standardised:
            standardised[index] = detector.standardise(series.display_slice(index), series.valid(index))
        return standardised[index]

    progress(0.0, "searching the midline")
    frame = whole_slice_frame((series.rows, series.columns), series.row_to_column_spacing)
    first = _run(disc_detector, standardised_slice, _spread(series), frame)
    if not first:
        return _nothing(series, "no sequence of lumbar discs was found in this series"), None
    progress(0.5, "counting the levels")
    count = assign_levels(first)
    second = _run(
        disc_detector,
        standardised_slice,
        _neighbours(count.reference.index, series),
        _scaled_frame(series, count),
    )
    progress(0.9, "locating the discs")
    detections = second or first
    count = assign_levels(detections)
    anatomy = _anatomy(series, detections, count)
    return anatomy, count if anatomy.discs else None


def reference_picture(series: Series, count: LevelAssignment) -> npt.NDArray[np.float32]:
    """The standardised reference slice of a level assignment, (rows, columns)."""
    index = count.reference.index
    return detector.standardise(series.display_slice(index), series.valid(index))


def uncertain(count: LevelCount) -> str:
    """The warning to the reader about level names that may be wrong."""
    probability, direction = (count.higher, "higher") if count.shift < 0 else (count.lower, "lower")
    return (
        f"The level numbering may be off by one (probability {probability:.2f} that every disc is one level "
        f"{direction}): check it against the sacrum."
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
    """Slices of the first pass: evenly spread over the middle of the stack, or all where there are few."""
    middle = reach = (series.slices - 1) / 2
    step = _slice_step(series)
    if step is not None:
        reach = min(reach, REACH_MM / step)
    return sorted({round(p) for p in np.linspace(middle - reach, middle + reach, FIRST_PASS_SLICES)})


def _neighbours(index: int, series: Series) -> list[int]:
    step = max(1, round(SECOND_STEP_MM / (_slice_step(series) or SECOND_STEP_MM)))
    reach = SECOND_PASS_SLICES // 2
    return [i for k in range(-reach, reach + 1) if 0 <= (i := index + k * step) < series.slices]


def _run(
    disc_detector: detector.DiscDetector,
    standardised_slice: SliceLoader,
    indices: Iterable[int],
    frame: Affine2,
) -> list[SliceDetection]:
    indices = list(indices)
    views = run_detector(disc_detector, [standardised_slice(i) for i in indices], [frame] * len(indices))
    sequences = [find_disc_sequence(view) for view in views]
    return [
        SliceDetection(i, v, c) for i, v, c in zip(indices, views, sequences, strict=True) if c is not None
    ]


def _scaled_frame(series: Series, count: LevelAssignment) -> Affine2:
    """A frame around the five lumbar discs in which they have ``detector.BEST_SPACING``."""
    reference = count.reference
    points = reference.output.to_slice(reference.sequence.cells)
    indices = count.indices[reference.index]
    lumbar = points[(indices >= 0) & (indices < len(LEVELS))]
    middle = (lumbar if len(lumbar) else points).mean(axis=0)
    aspect = series.row_to_column_spacing
    width = detector.SIZE / detector.BEST_SPACING * _inter_disc_distance(points, aspect)
    return crop_frame((float(middle[0]), float(middle[1])), (1.0, 0.0), width, detector.SIZE, aspect)


def _inter_disc_distance(points: Array, aspect: float) -> float:
    """Median inter-disc distance in columns of the slice."""
    return float(np.median(np.hypot(*(np.diff(points, axis=0) * np.array([aspect, 1.0])).T)))


def _anatomy(series: Series, detections: list[SliceDetection], count: LevelAssignment) -> Anatomy:
    tables = {s.index: _confident(located_discs(s, count.indices[s.index])) for s in detections}
    views = {s.index: s for s in detections}
    chosen = best_slices(tables)
    discs = [_disc(series, views[index], level, tables[index][level]) for level, index in chosen.items()]
    responses = [tables[index][level].level_response for level, index in chosen.items()]
    if len(discs) < 3 or np.mean(responses) < MIN_LEVEL_RESPONSE:
        return _nothing(series, "no lumbar spine was recognised in this series")
    reasons = []
    if count.possible_transitional:
        reasons.append("A disc was found below L5/S1: the vertebra between them may be transitional.")
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


def _confident(table: dict[str, LocatedDisc]) -> dict[str, LocatedDisc]:
    return {level: located for level, located in table.items() if located.response >= MIN_DISC_RESPONSE}


def _disc(series: Series, detection: SliceDetection, level: str, located: LocatedDisc) -> Disc:
    center, posterior = (
        detection.output.to_slice(located.center),
        detection.output.to_slice(located.posterior),
    )
    mm = None
    if series.geometry is not None:
        x, y, z = series.geometry.to_patient(detection.index, float(center[0]), float(center[1]))
        mm = (float(x), float(y), float(z))
    return Disc(
        level=level,
        series_uid=series.uid,
        slice_index=detection.index,
        center_px=(float(center[0]), float(center[1])),
        posterior_px=(float(posterior[0]), float(posterior[1])),
        center_mm=mm,
        inter_disc_px=_inter_disc_distance(
            detection.output.to_slice(detection.sequence.cells), series.row_to_column_spacing
        ),
        caudal=(float(located.caudal[0]), float(located.caudal[1])),
        confidence=located.response,
    )
