"""Brings the chains of neighbouring slices to one count, and picks the slice that shows each level best."""

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
"""A disc further than these from every place of the reference chain (in steps along it, in disc distances beside it)
is none: neighbouring slices show the same discs at nearly the same heights."""
STIFFNESS = 0.5
"""Pull of the midline towards one slice for all levels, in levels squared (five levels alone weigh ten)."""
SHIFTS = range(-2, 9)
"""Levels that the reference's lowest disc may be above L5/S1; below zero it is a sacral one."""


@dataclass(frozen=True, eq=False)
class LocatedDisc:
    """One disc on one slice, in cells of that slice's view.

    ``response``: how sure the localiser is of a disc; ``level_response``: of this disc at this level;
    ``canal_fraction``: see ``chain.canal_seen``.
    """

    center: Array
    posterior: Array
    caudal: Array
    response: float
    level_response: float
    canal_fraction: float


@dataclass(frozen=True, eq=False)
class SliceDetection:
    """One slice after a look."""

    index: int
    output: DetectorOutput
    sequence: DiscSequence

    def midline_score(self) -> float:
        """Sum over discs of heat times canal seen behind: highest near the midline."""
        total = 0.0
        for cell, down, levels in zip(
            self.sequence.cells, caudal_directions(self.sequence.cells), self.sequence.levels, strict=True
        ):
            edge = posterior_edge_cell(self.output, cell, down, self.sequence.spacing)
            total += float(levels.max()) * (
                0.1 + canal_fraction(self.output, edge, down, self.sequence.spacing)
            )
        return total


@dataclass(frozen=True, eq=False)
class LevelAssignment:
    """Which disc is which. ``indices``: per slice, index of every disc of its chain from L5/S1 = 0 upwards; discs that
    fit nowhere have the index ``UNASSIGNED``. ``possible_transitional``: whether the reference shows a disc below
    L5/S1. ``support``: (len(SHIFTS),), mean log-heat of every count that was considered; ``shift``: of ``SHIFTS``, the
    best.
    """

    reference: SliceDetection
    indices: dict[int, npt.NDArray[np.int64]]
    possible_transitional: bool
    support: Array
    shift: int


UNASSIGNED = -99


def assign_levels(seen: Sequence[SliceDetection]) -> LevelAssignment:
    """Names the discs of all slices together; slices vote by how near the midline they are."""
    scores = [s.midline_score() for s in seen]
    reference = seen[int(np.argmax(scores))]
    aligned = {s.index: _align(s, reference) for s in seen}
    total = np.zeros(len(SHIFTS))
    for s, weight in zip(seen, scores, strict=True):
        total += weight * np.array([_support(s.sequence, aligned[s.index], shift) for shift in SHIFTS])
    total /= sum(scores)
    best = int(np.argmax(total))
    shift = SHIFTS[best]
    indices = {i: np.where(found == UNASSIGNED, UNASSIGNED, found + shift) for i, found in aligned.items()}
    own = indices[reference.index]
    # A disc in the sacrum as clear as the others: the vertebra above it may be a transitional one.
    sacral = bool(((own < 0) & (own != UNASSIGNED)).any())
    return LevelAssignment(reference, indices, sacral, total, shift)


def _align(seen: SliceDetection, reference: SliceDetection) -> npt.NDArray[np.int64]:
    """Index of every disc counted from the reference's lowest disc, by where it lies along the reference chain."""
    points = seen.output.to_slice(seen.sequence.cells)
    anchors = reference.output.to_slice(reference.sequence.cells)
    steps = disc_indices(reference.sequence).astype(np.float64)
    # One more step at both ends, in line: a slice beside may show a disc more.
    anchors = np.vstack([2 * anchors[0] - anchors[1], anchors, 2 * anchors[-1] - anchors[-2]])
    steps = np.concatenate([[-(steps[1] - steps[0])], steps, [2 * steps[-1] - steps[-2]]])
    pitch = float(np.median(np.hypot(*np.diff(anchors, axis=0).T)))
    out = np.full(len(points), UNASSIGNED, dtype=np.int64)
    for number, point in enumerate(points):
        along, beside = _project(point, anchors, steps)
        if abs(along - round(along)) < OFF_STEP and beside < OFF_LINE * pitch and round(along) not in out:
            out[number] = round(along)
    return out


def _project(point: Array, anchors: Array, steps: Array) -> tuple[float, float]:
    """Position along the polyline ``anchors``, measured in ``steps``, and the distance from it."""
    best = (0.0, np.inf)
    for k in range(len(anchors) - 1):
        along = anchors[k + 1] - anchors[k]
        share = float(np.clip((point - anchors[k]) @ along / (along @ along), 0, 1))
        away = float(np.hypot(*(point - anchors[k] - share * along)))
        if away < best[1]:
            best = (float(steps[k] + share * (steps[k + 1] - steps[k])), away)
    return best


def _support(chain: DiscSequence, aligned: npt.NDArray[np.int64], shift: int) -> float:
    """Mean log-heat of the levels that the discs get when the reference's lowest is ``shift`` above L5/S1."""
    logs = np.log(np.clip(chain.levels, 0.01, 1.0))
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
    """Of a disc counted upwards from L5/S1, one level beyond the lumbar ones at most."""
    return BELOW if index < 0 else (*reversed(LEVELS), ABOVE)[index]


def located_discs(seen: SliceDetection, indices: npt.NDArray[np.int64]) -> dict[str, LocatedDisc]:
    """The discs ``ABOVE`` to ``BELOW`` of one slice by level.

    Directions come from named discs only: a false peak would tilt them.
    """
    named = np.flatnonzero(indices != UNASSIGNED)
    if len(named) < 2:
        return {}
    out = {}
    for row, down in zip(named, caudal_directions(seen.sequence.cells[named]), strict=True):
        index, cell = int(indices[row]), seen.sequence.cells[row]
        if not -1 <= index <= len(LEVELS):
            continue
        edge = posterior_edge_cell(seen.output, cell, down, seen.sequence.spacing)
        out[_name(index)] = LocatedDisc(
            center=cell,
            posterior=edge,
            caudal=down,
            response=float(seen.sequence.levels[row].max()),
            level_response=float(seen.output.at(detector.CENTERS.start + _column(index), cell)),
            canal_fraction=canal_fraction(seen.output, edge, down, seen.sequence.spacing),
        )
    return out


def best_slices(tables: dict[int, dict[str, LocatedDisc]]) -> dict[str, int]:
    """For each level the slice nearest to the midline, which may cross the stack in a straight line (scoliosis).

    The middle of the slices that see the canal is the midline at one level; the canal is 15 to 25 mm wide, so that
    the slice which sees most of it would be any of several.
    """
    order = sorted(tables)
    score = np.array(
        [[tables[i][lv].canal_fraction if lv in tables[i] else 0.0 for lv in LEVELS] for i in order]
    )
    clear = np.clip(score - 0.5 * score.max(axis=0), 0.0, None)
    weight = clear.sum(axis=0)
    steps = np.arange(len(order), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        middles = np.where(weight > 0, steps @ clear / weight, np.nan)
    line = _straight(middles, np.minimum(weight, 1.0))
    chosen = {}
    for column, level in enumerate(LEVELS):
        have = [k for k in range(len(order)) if level in tables[order[k]]]
        if have:
            chosen[level] = order[min(have, key=lambda k: abs(k - line[column]))]
    return chosen


def _straight(middles: Array, weight: Array) -> Array:
    """The midline at every level from its middles, NaN where unknown; a slope has to be earned (``STIFFNESS``)."""
    position = np.arange(len(middles)) - (len(middles) - 1) / 2
    known = np.isfinite(middles)
    if not known.any():
        return np.zeros(len(middles))
    at, seen, w = position[known], middles[known], weight[known]
    center = float(np.average(at, weights=w)), float(np.average(seen, weights=w))
    spread = w * (at - center[0])
    slope = float(spread @ (seen - center[1]) / (spread @ (at - center[0]) + STIFFNESS))
    return np.asarray(center[1] + slope * (position - center[0]), dtype=np.float64)
