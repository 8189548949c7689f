"""Corrections by the reader: level names and disc positions. Every correction grades the discs again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spine_core.anatomy.cross_series import LEVELS_DISAGREE
from spine_core.anatomy.detection import uncertain
from spine_core.anatomy.types import ABOVE, BELOW, HALF_DISC, LEVELS, Anatomy, Disc, Source
from spine_core.grading.read import regrade
from spine_core.grading.series_selection import candidates
from spine_core.grading.types import Reading
from spine_core.networks.registry import Bundle
from spine_core.study.types import Series, Study

IN_ORDER = ("T10/T11", "T11/T12", ABOVE, *LEVELS, BELOW, "S2/S3")
"""Names that a disc may get when all levels are shifted, cranial to caudal; shifting back must restore every name."""
DEFAULT_INTER_DISC_MM = 36.0
"""Default inter-disc distance of an adult, for a reading without other discs."""


class CorrectionError(ValueError):
    """The correction cannot be made; the message is the reason."""


def shift_levels(study: Study, reading: Reading, bundle: Bundle, by: int) -> Reading:
    """Renames every disc by ``by`` levels caudally (+1: L4/L5 becomes L5/S1).

    Discs that leave L1/L2 ... L5/S1 are no longer graded; detected discs that enter this range are. Raises
    ``CorrectionError`` where no disc would be left.
    """
    beyond = reading.anatomies[0].beyond if reading.anatomies else ()
    moved = []
    for disc in (*reading.discs, *beyond):
        position = IN_ORDER.index(disc.level) + by
        if 0 <= position < len(IN_ORDER):
            moved.append(replace(disc, level=IN_ORDER[position], source=Source.READER))
    discs = tuple(disc for disc in moved if disc.level in LEVELS)
    if not discs:
        msg = "no disc would be left after moving the level names that far"
        raise CorrectionError(msg)
    words = f"level names moved by {abs(by)} towards the {'feet' if by > 0 else 'head'}"
    reading = _without_level_warnings(reading, tuple(disc for disc in moved if disc.level not in LEVELS))
    return _regraded(study, reading, bundle, discs, words)


def _without_level_warnings(reading: Reading, beyond: tuple[Disc, ...]) -> Reading:
    """``reading`` without warnings about the level names, which the reader has set. ``beyond``: see ``Anatomy``."""
    if not reading.anatomies:
        return reading
    first, *others = reading.anatomies
    warnings = (
        {LEVELS_DISAGREE} if first.level_count is None else {LEVELS_DISAGREE, uncertain(first.level_count)}
    )
    reasons = tuple(reason for reason in first.reasons if reason not in warnings)
    notes = tuple(note for note in reading.notes if note not in warnings)
    first = replace(first, level_certain=True, reasons=reasons, beyond=beyond)
    return replace(reading, anatomies=(first, *others), notes=notes)


def move_disc(
    study: Study,
    reading: Reading,
    bundle: Bundle,
    level: str,
    center_px: tuple[float, float],
    posterior_px: tuple[float, float] | None = None,
    slice_index: int | None = None,
) -> Reading:
    """Moves the disc of ``level`` to the reader's marker (row, column), on another slice if one is given.

    Raises ``CorrectionError`` where the disc is missing or the marker lies outside the series.
    """
    old = _disc_at(reading, level)
    discs = tuple(d for d in reading.discs if d.level != level)
    index = old.slice_index if slice_index is None else slice_index
    new = _placed(study, reading, discs, level, center_px, posterior_px, index, old.series_uid)
    return _regraded(study, reading, bundle, (*discs, new), f"{level} moved")


def add_disc(
    study: Study,
    reading: Reading,
    bundle: Bundle,
    level: str,
    center_px: tuple[float, float],
    posterior_px: tuple[float, float] | None = None,
    slice_index: int | None = None,
    series_uid: str | None = None,
) -> Reading:
    """Adds a disc that was not detected.

    Raises ``CorrectionError`` where that level exists, is not lumbar, or lies outside the series.
    """
    if any(disc.level == level for disc in reading.discs):
        msg = f"{level} exists already: move it instead"
        raise CorrectionError(msg)
    if level not in LEVELS:
        msg = f"{level!r} is not one of {', '.join(LEVELS)}"
        raise CorrectionError(msg)
    uid = reading.anatomies[0].series_uid if reading.anatomies else (series_uid or _first_gradable(study))
    index = slice_index
    if index is None:
        index = reading.discs[0].slice_index if reading.discs else study.by_uid(uid).slices // 2
    new = _placed(study, reading, reading.discs, level, center_px, posterior_px, index, uid)
    return _regraded(study, reading, bundle, (*reading.discs, new), f"{level} added")


def remove_disc(study: Study, reading: Reading, bundle: Bundle, level: str) -> Reading:
    """Removes a disc and its findings. Raises ``CorrectionError`` where there is none."""
    _disc_at(reading, level)
    discs = tuple(d for d in reading.discs if d.level != level)
    return _regraded(study, reading, bundle, discs, f"{level} removed")


def place_discs(
    study: Study, reading: Reading, bundle: Bundle, discs: tuple[Disc, ...], words: str
) -> Reading:
    """Replaces all discs by those that a reader placed earlier. ``words``: the correction, for the reading.

    Raises ``CorrectionError`` where there are none.
    """
    if not discs:
        msg = "there is no disc to place"
        raise CorrectionError(msg)
    return _regraded(study, _without_level_warnings(reading, ()), bundle, discs, words)


def _first_gradable(study: Study) -> str:
    options = candidates(study)
    if not options:
        msg = "there is no sagittal T1 or T2 series on which a disc could be graded"
        raise CorrectionError(msg)
    return options[0].uid


def _disc_at(reading: Reading, level: str) -> Disc:
    for disc in reading.discs:
        if disc.level == level:
            return disc
    msg = f"there is no disc {level} in this reading"
    raise CorrectionError(msg)


def _placed(
    study: Study,
    reading: Reading,
    others: tuple[Disc, ...],
    level: str,
    center: tuple[float, float],
    posterior: tuple[float, float] | None,
    index: int,
    uid: str,
) -> Disc:
    series = study.by_uid(uid)
    if not (0 <= index < series.slices and 0 <= center[0] < series.rows and 0 <= center[1] < series.columns):
        msg = f"{level} would lie outside the series"
        raise CorrectionError(msg)
    aspect = series.row_to_column_spacing
    inter_disc = others[0].inter_disc_px if others else _default_inter_disc(series)
    caudal = _direction(others, level, center, aspect)
    if posterior is None:
        reach = HALF_DISC * inter_disc
        posterior = (center[0] - caudal[1] * reach / aspect, center[1] + caudal[0] * reach)
    mm = None
    if series.geometry is not None:
        x, y, z = series.geometry.to_patient(index, *center)
        mm = (float(x), float(y), float(z))
    return Disc(level, uid, index, center, posterior, mm, inter_disc, caudal, 1.0, Source.READER)


def _default_inter_disc(series: Series) -> float:
    if series.spacing is None:
        return series.columns / 8
    return DEFAULT_INTER_DISC_MM / series.spacing[1]


def _direction(
    others: tuple[Disc, ...], level: str, center: tuple[float, float], aspect: float
) -> tuple[float, float]:
    """Caudal direction at a new disc, from its nearest neighbours; along the rows' axis without any."""
    position = LEVELS.index(level)
    above = [d for d in others if LEVELS.index(d.level) < position]
    below = [d for d in others if LEVELS.index(d.level) > position]
    top = max(above, key=lambda d: LEVELS.index(d.level)).center_px if above else center
    bottom = min(below, key=lambda d: LEVELS.index(d.level)).center_px if below else center
    step = np.subtract(bottom, top) * np.array([aspect, 1.0])
    length = float(np.hypot(*step))
    return (1.0, 0.0) if length < 1e-6 else (float(step[0]) / length, float(step[1]) / length)


def _regraded(study: Study, reading: Reading, bundle: Bundle, discs: tuple[Disc, ...], words: str) -> Reading:
    if not reading.anatomies:
        anatomy = Anatomy(
            discs[0].series_uid, discs, level_certain=False, reasons=("discs placed by the reader",)
        )
        reading = replace(reading, anatomies=(anatomy,), notes=())
    # Corrections are stored before grading, since they lift the refusal of a single slice that shows too little.
    reading = replace(reading, corrections=(*reading.corrections, words))
    return regrade(study, bundle, reading, discs)
