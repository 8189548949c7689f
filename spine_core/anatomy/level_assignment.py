"""Assigns levels to the disc sequences of several slices jointly, and selects the best slice of each level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector
from spine_core.anatomy.disc_sequence import (
    DetectorOutput,
    DiscSequence,
    canal_fraction,
    caudal_directions,
    disc_indices,
    posterior_edge_cell,
)
from spine_core.anatomy.types import ABOVE, BELOW, LEVELS

Array = npt.NDArray[np.float64]

OFF_STEP, OFF_LINE = 0.35, 0.6
"""Largest deviation of a disc from the positions of the reference sequence, along it in steps and across it in
inter-disc distances: neighbouring slices show the same discs at nearly the same heights."""
STIFFNESS = 0.5
"""Ridge penalty on the slope of the midline, in levels squared (five levels alone sum to ten)."""
SHIFTS = range(-2, 9)
"""Candidate levels of the reference's lowest disc, counted upwards from L5/S1; negative for sacral discs."""


@dataclass(frozen=True, eq=False)
class LocatedDisc:
    """One disc on one slice, in output cells.

    ``response``: heat of a disc at any level. ``level_response``: heat of its own level. ``canal_fraction``: see
    ``disc_sequence.canal_fraction``.
    """

    center: Array
    posterior: Array
    caudal: Array
    response: float
    level_response: float
    canal_fraction: float


@dataclass(frozen=True, eq=False)
class SliceDetection:
    """Detection result of one slice."""

    index: int
    output: DetectorOutput
    sequence: DiscSequence

    def midline_score(self) -> float:
        """Sum over discs of heat times canal fraction: highest near the midline."""
        total = 0.0
        for cell, caudal, levels in zip(
            self.sequence.cells, caudal_directions(self.sequence.cells), self.sequence.levels, strict=True
        ):
            edge = posterior_edge_cell(self.output, cell, caudal, self.sequence.spacing)
            total += float(levels.max()) * (
                0.1 + canal_fraction(self.output, edge, caudal, self.sequence.spacing)
            )
        return total


@dataclass(frozen=True, eq=False)
class LevelAssignment:
    """The level of every disc of all slices.

    ``indices``: per slice, index of every disc of its sequence, from L5/S1 = 0 upwards, or ``UNASSIGNED``.
    ``possible_transitional``: whether the reference shows a disc below L5/S1. ``support``: (len(SHIFTS),), mean
    log-heat of every candidate. ``shift``: the best of ``SHIFTS``.
    """

    reference: SliceDetection
    indices: dict[int, npt.NDArray[np.int64]]
    possible_transitional: bool
    support: Array
    shift: int


UNASSIGNED = -99


def assign_levels(detections: Sequence[SliceDetection]) -> LevelAssignment:
    """Assigns levels to the discs of all slices jointly; slices are weighted by ``midline_score``."""
    scores = [s.midline_score() for s in detections]
    reference = detections[int(np.argmax(scores))]
    aligned = {s.index: _align(s, reference) for s in detections}
    total = np.zeros(len(SHIFTS))
    for s, weight in zip(detections, scores, strict=True):
        total += weight * np.array([_support(s.sequence, aligned[s.index], shift) for shift in SHIFTS])
    total /= sum(scores)
    best = int(np.argmax(total))
    shift = SHIFTS[best]
    indices = {i: np.where(found == UNASSIGNED, UNASSIGNED, found + shift) for i, found in aligned.items()}
    own = indices[reference.index]
    # A clear disc in the sacrum: the vertebra above it may be transitional.
    sacral = bool(((own < 0) & (own != UNASSIGNED)).any())
    return LevelAssignment(reference, indices, sacral, total, shift)


def _align(detection: SliceDetection, reference: SliceDetection) -> npt.NDArray[np.int64]:
    """Index of every disc relative to the reference's lowest disc, by its position along the reference sequence."""
    points = detection.output.to_slice(detection.sequence.cells)
    anchors = reference.output.to_slice(reference.sequence.cells)
    steps = disc_indices(reference.sequence).astype(np.float64)
    # Extrapolates by one step at both ends: a neighbouring slice may show one more disc.
    anchors = np.vstack([2 * anchors[0] - anchors[1], anchors, 2 * anchors[-1] - anchors[-2]])
    steps = np.concatenate([[-(steps[1] - steps[0])], steps, [2 * steps[-1] - steps[-2]]])
    spacing = float(np.median(np.hypot(*np.diff(anchors, axis=0).T)))
    out = np.full(len(points), UNASSIGNED, dtype=np.int64)
    for number, point in enumerate(points):
        along, distance = _project(point, anchors, steps)
        if abs(along - round(along)) < OFF_STEP and distance < OFF_LINE * spacing and round(along) not in out:
            out[number] = round(along)
    return out


def _project(point: Array, anchors: Array, steps: Array) -> tuple[float, float]:
    """Position along the polyline ``anchors``, measured in ``steps``, and the distance from it."""
    best = (0.0, np.inf)
    for k in range(len(anchors) - 1):
        along = anchors[k + 1] - anchors[k]
        fraction = float(np.clip((point - anchors[k]) @ along / (along @ along), 0, 1))
        away = float(np.hypot(*(point - anchors[k] - fraction * along)))
        if away < best[1]:
            best = (float(steps[k] + fraction * (steps[k + 1] - steps[k])), away)
    return best


def _support(sequence: DiscSequence, aligned: npt.NDArray[np.int64], shift: int) -> float:
    """Mean log-heat of the discs' levels when the reference's lowest disc is ``shift`` levels above L5/S1."""
    logs = np.log(np.clip(sequence.levels, 0.01, 1.0))
    values = [
        row[_column(int(index) + shift)] if index + shift >= 0 else np.log(0.01)
        for row, index in zip(logs, aligned, strict=True)
        if index != UNASSIGNED
    ]
    return float(np.mean(values)) if values else float(np.log(0.01))


def _column(index: int) -> int:
    """Column of ``DiscSequence.levels`` for a disc counted upwards from L5/S1."""
    return len(LEVELS) - 1 - index if index < len(LEVELS) else len(LEVELS)


def _name(index: int) -> str:
    """Level name of a disc counted upwards from L5/S1, at most one level beyond the lumbar ones."""
    return BELOW if index < 0 else (*reversed(LEVELS), ABOVE)[index]


def located_discs(detection: SliceDetection, indices: npt.NDArray[np.int64]) -> dict[str, LocatedDisc]:
    """The discs ``ABOVE`` to ``BELOW`` of one slice by level.

    Directions are computed from assigned discs only, since a false peak would tilt them.
    """
    named = np.flatnonzero(indices != UNASSIGNED)
    if len(named) < 2:
        return {}
    out = {}
    for row, caudal in zip(named, caudal_directions(detection.sequence.cells[named]), strict=True):
        index, cell = int(indices[row]), detection.sequence.cells[row]
        if not -1 <= index <= len(LEVELS):
            continue
        edge = posterior_edge_cell(detection.output, cell, caudal, detection.sequence.spacing)
        out[_name(index)] = LocatedDisc(
            center=cell,
            posterior=edge,
            caudal=caudal,
            response=float(detection.sequence.levels[row].max()),
            level_response=float(detection.output.at(detector.CENTERS.start + _column(index), cell)),
            canal_fraction=canal_fraction(detection.output, edge, caudal, detection.sequence.spacing),
        )
    return out


def best_slices(tables: dict[int, dict[str, LocatedDisc]]) -> dict[str, int]:
    """For each level the slice nearest to the midline, which is a straight line through the stack (scoliosis).

    The midline at a level is the centre of the slices that show the canal. The single slice with the most canal would
    be ambiguous, since the canal is 15 to 25 mm wide.
    """
    order = sorted(tables)
    score = np.array(
        [[tables[i][lv].canal_fraction if lv in tables[i] else 0.0 for lv in LEVELS] for i in order]
    )
    clear = np.clip(score - 0.5 * score.max(axis=0), 0.0, None)
    weight = clear.sum(axis=0)
    steps = np.arange(len(order), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        centres = np.where(weight > 0, steps @ clear / weight, np.nan)
    line = _fit_midline(centres, np.minimum(weight, 1.0))
    chosen = {}
    for column, level in enumerate(LEVELS):
        available = [k for k in range(len(order)) if level in tables[order[k]]]
        if available:
            chosen[level] = order[min(available, key=lambda k: abs(k - line[column]))]
    return chosen


def _fit_midline(centres: Array, weight: Array) -> Array:
    """The midline at every level by weighted ridge regression (``STIFFNESS``) on ``centres``, NaN where unknown."""
    position = np.arange(len(centres)) - (len(centres) - 1) / 2
    known = np.isfinite(centres)
    if not known.any():
        return np.zeros(len(centres))
    at, values, w = position[known], centres[known], weight[known]
    center = float(np.average(at, weights=w)), float(np.average(values, weights=w))
    spread = w * (at - center[0])
    slope = float(spread @ (values - center[1]) / (spread @ (at - center[0]) + STIFFNESS))
    return np.asarray(center[1] + slope * (position - center[0]), dtype=np.float64)
