"""Series of one study in different frames of reference whose positions agree: a reader may assume one frame.

Scanners begin a new frame of reference whenever the patient may have moved (a new localizer, a return to the table).
Positions of two frames cannot be compared by the standard (PS3.3 C.7.4.1), although they often still agree. What
speaks for that can be measured; whether it holds is for the reader to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spine_core.anatomy.types import CUTS_DISC_MM, Disc
from spine_core.study.examinations import SameExamination, same_examination
from spine_core.study.types import Note, Series, Severity, Study

CENTRAL = 0.5
"""Fraction of the field of view, about its middle, in which the spine lies on axial images of the spine."""
LEAST_DISCS = 2

ASSUMED = "Position assumed by the reader: its frame of reference differs from that of the graded series."


@dataclass(frozen=True)
class PositionAgreement:
    """What speaks for one frame of reference.

    ``reached``: discs of ``discs`` that lie in the middle of a slice of the series. ``off_centre_mm``: median distance
    of these from the middle of the image, in the plane of the slice.
    """

    series_uid: str
    reached: int
    discs: int
    off_centre_mm: float


def position_agreement(study: Study, discs: Sequence[Disc], series: Series) -> PositionAgreement | None:
    """Evidence that ``series`` may be placed in the frame of reference of ``discs``; None where there is none.

    Considers series of another plane only: grades never rest on an assumed position. Both must be positioned, of one
    examination by identifier and date, and in two different frames; at least ``LEAST_DISCS`` discs must lie on slices.
    """
    if not discs or series.geometry is None:
        return None
    source = study.by_uid(discs[0].series_uid)
    if source.plane is series.plane or source.geometry is None or source.shares_coordinates(series):
        return None
    if not source.study_uid or same_examination(source, series) is not SameExamination.YES:
        return None
    reached = [distance for disc in discs if (distance := _off_centre(series, disc)) is not None]
    if len(reached) < LEAST_DISCS:
        return None
    return PositionAgreement(series.uid, len(reached), len(discs), float(np.median(reached)))


def _off_centre(series: Series, disc: Disc) -> float | None:
    """Millimetres from the middle of the slice that reaches ``disc``; None where none does, or only at its margin."""
    geometry = series.geometry
    if geometry is None or disc.center_mm is None:
        return None
    _, row, column, distance = geometry.to_pixel(disc.center_mm)
    offset = np.array([row - (series.rows - 1) / 2, column - (series.columns - 1) / 2])
    margin = np.array([series.rows, series.columns]) * CENTRAL / 2
    if distance > CUTS_DISC_MM or np.any(np.abs(offset) > margin):
        return None
    return float(np.hypot(*(offset * np.array(geometry.spacing))))


def assume_position(study: Study, uid: str, frame_of_reference_uid: str | None) -> Study:
    """``study`` with the series ``uid`` placed in another frame of reference; a note on the series says so."""
    return _placed(study, uid, frame_of_reference_uid, (Note(Severity.INFO, ASSUMED),))


def withdraw_assumption(study: Study, uid: str, frame_of_reference_uid: str | None) -> Study:
    """``study`` with the series ``uid`` back in its own frame of reference."""
    return _placed(study, uid, frame_of_reference_uid, ())


def _placed(study: Study, uid: str, frame: str | None, notes: tuple[Note, ...]) -> Study:
    series = study.by_uid(uid)
    others = tuple(note for note in series.notes if note.text != ASSUMED)
    placed = replace(series, frame_of_reference_uid=frame, notes=(*others, *notes))
    return replace(study, series=tuple(placed if one.uid == uid else one for one in study.series))
