"""Edits of outlines by the reader: what a browser sends, put into a reading, and taken back.

Grades stay: the networks grade pixels, and see no outline. Structures over the inputs, and with them relevance shares,
and measurements follow the edited outlines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.outline_edits import OutlineEdit, edited_masks, outline_edit, own_mask
from spine_core.anatomy.run_length import decode
from spine_core.anatomy.types import Anatomy, Structure
from spine_core.grading.outlines import levels_near
from spine_core.grading.read import outline_again
from spine_core.grading.reader_edits import CorrectionError
from spine_core.grading.types import Reading
from spine_core.networks.registry import Bundle
from spine_core.study.types import Study

EDITABLE = {
    structure.name.lower(): structure for structure in Structure if structure is not Structure.BACKGROUND
}
"""Structures by the names that the viewer uses."""

LONGEST_NAME = 100
"""Characters of a reader's name that are kept."""

ANONYMOUS = "reader"
"""Who edited, where nobody gave a name."""


@dataclass(frozen=True, eq=False)
class DrawnOutline:
    """One structure of one slice as it was drawn: mask (rows, columns) of bool."""

    series_uid: str
    slice_index: int
    structure: Structure
    mask: npt.NDArray[np.bool_]


def drawn_outlines(study: Study, reading: Reading, message: object) -> tuple[DrawnOutline, ...]:
    """The outlines that the viewer sent: a list of ``series``, ``slice``, ``structure`` and ``runs`` each.

    Raises ``CorrectionError`` where anything of it is not an outline of a slice of a series that was segmented.
    """
    readable = {one.series_uid for one in reading.anatomies}
    limit = sum(study.by_uid(uid).slices for uid in readable) * len(EDITABLE)
    if not isinstance(message, Sequence) or isinstance(message, str) or not 0 < len(message) <= limit:
        msg = "the edited outlines could not be read"
        raise CorrectionError(msg)
    return tuple(_drawn(study, readable, one) for one in message)


def _drawn(study: Study, readable: Iterable[str], one: object) -> DrawnOutline:
    values: Mapping[Any, Any] = one if isinstance(one, Mapping) else {}
    uid, index = values.get("series"), values.get("slice")
    structure, runs = values.get("structure"), values.get("runs")
    if not isinstance(uid, str) or uid not in readable:
        msg = "an edited outline is of a series that was not segmented"
        raise CorrectionError(msg)
    if not isinstance(structure, str) or structure not in EDITABLE:
        msg = f"an edited outline must be of {', '.join(EDITABLE)}"
        raise CorrectionError(msg)
    series = study.by_uid(uid)
    if type(index) is not int or not 0 <= index < series.slices:
        msg = f"an edited outline is of a slice that is not among the {series.slices}"
        raise CorrectionError(msg)
    if not isinstance(runs, Sequence) or isinstance(runs, str):
        msg = "an edited outline has no mask"
        raise CorrectionError(msg)
    try:
        mask = decode(runs, (series.rows, series.columns))
    except ValueError as error:
        raise CorrectionError(str(error)) from error
    return DrawnOutline(uid, index, EDITABLE[structure], mask)


def edit_outlines(
    study: Study,
    reading: Reading,
    bundle: Bundle,
    drawn: Sequence[DrawnOutline],
    reader: str,
    when: datetime,
) -> Reading:
    """``reading`` with the outlines that ``reader`` drew at ``when`` (with its time zone), as one correction.

    An outline that is again the segmentation's own ends the edits of its place. Raises ``CorrectionError`` where
    nothing differs from the outlines of ``reading``.
    """
    signed = (reader.strip()[:LONGEST_NAME] or ANONYMOUS, when.astimezone(UTC).isoformat(timespec="seconds"))
    made = [_edit(study, reading, one, signed) for one in drawn if _differs(study, reading, one)]
    if not made:
        msg = "no outline was changed"
        raise CorrectionError(msg)
    back = {edit.place for edit in made if edit.changed_px == 0}
    edits = [edit for edit in (*reading.outline_edits, *made) if edit.place not in back]
    changes = "; ".join(described(study, reading, one) for one in made)
    words = f"outlines edited by {signed[0]}, {when.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {changes}"
    return _with_edits(study, reading, bundle, edits, words)


def restore_outlines(study: Study, reading: Reading, bundle: Bundle, edits: Sequence[OutlineEdit]) -> Reading:
    """``reading`` with edits that were stored, as one correction; compared with the segmentation of ``reading``.

    Raises ``ValueError`` where a mask does not fit its slice.
    """
    made = [
        outline_edit(
            study.by_uid(edit.series_uid),
            _anatomy(reading, edit.series_uid),
            (edit.slice_index, edit.structure),
            edit.mask,
            (edit.reader, edit.edited),
        )
        for edit in edits
    ]
    words = f"outlines as kept in the library: {'; '.join(described(study, reading, one) for one in made)}"
    return _with_edits(study, reading, bundle, made, words)


def take_back_outline(study: Study, reading: Reading, bundle: Bundle, edit: OutlineEdit) -> Reading:
    """``reading`` without one edit, as a further correction. Raises ``CorrectionError`` where it has no such edit."""
    if edit not in reading.outline_edits:
        msg = "this edit of an outline is not in the reading"
        raise CorrectionError(msg)
    edits = [one for one in reading.outline_edits if one is not edit and one != edit]
    return _with_edits(study, reading, bundle, edits, f"edit taken back: {described(study, reading, edit)}")


def take_back_outlines(study: Study, reading: Reading, bundle: Bundle) -> Reading:
    """``reading`` with all outlines of the segmentation. Raises ``CorrectionError`` where none was edited."""
    if not reading.outline_edits:
        msg = "no outline was edited"
        raise CorrectionError(msg)
    return _with_edits(study, reading, bundle, (), "all edits of outlines taken back")


def described(study: Study, reading: Reading, edit: OutlineEdit) -> str:
    """An edit in words, without reader and time: structure, level, slice from 1, Dice and changed area."""
    levels = levels_near(study, reading, edit)
    at = f" at {', '.join(levels)}" if levels and edit.structure is Structure.DISC else ""
    overlap = "slice not segmented" if edit.dice is None else f"Dice {edit.dice:.3f}"
    return (
        f"{edit.structure.name.lower()}{at} on slice {edit.slice_index + 1} ({overlap}, {changed_area(edit)})"
    )


def changed_area(edit: OutlineEdit) -> str:
    """The area that an edit changed, in words: mm², or pixels where the spacing is unknown."""
    if edit.changed_mm2 is None:
        return f"{edit.changed_px} pixels changed"
    return f"{edit.changed_mm2:.1f} mm² changed"


def _anatomy(reading: Reading, uid: str) -> Anatomy:
    return next(one for one in reading.anatomies if one.series_uid == uid)


def _edit(study: Study, reading: Reading, one: DrawnOutline, signed: tuple[str, str]) -> OutlineEdit:
    anatomy, series = _anatomy(reading, one.series_uid), study.by_uid(one.series_uid)
    return outline_edit(series, anatomy, (one.slice_index, one.structure), one.mask, signed)


def _differs(study: Study, reading: Reading, one: DrawnOutline) -> bool:
    """Whether an outline is not the one that the reading has."""
    anatomy = _anatomy(reading, one.series_uid)
    current = replace(anatomy, masks=edited_masks(anatomy, reading.outline_edits))
    return not np.array_equal(own_mask(current, one.slice_index, one.structure, one.mask.shape), one.mask)


def _with_edits(
    study: Study, reading: Reading, bundle: Bundle, edits: Iterable[OutlineEdit], words: str
) -> Reading:
    changed = replace(
        reading,
        outline_edits=tuple(edits),
        corrections=(*reading.corrections, words),
        outline_corrections=reading.outline_corrections | {len(reading.corrections)},
    )
    return outline_again(study, bundle, changed)
