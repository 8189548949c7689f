"""A reader's edits of outlines: what was drawn on a slice, and how it differs from the segmentation.

The segmentation's own masks stay as they are; the current ones are these with the edits in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.run_length import decode, encode
from spine_core.anatomy.types import Anatomy, Structure
from spine_core.study.types import Series

Masks = Mapping[int, npt.NDArray[np.uint8]]
"""By slice index, ``Structure`` labels (rows, columns)."""

Place = tuple[str, int, Structure]
"""Uid of the series, index of the slice, structure."""


@dataclass(frozen=True)
class OutlineEdit:
    """One structure of one slice as a reader drew it.

    ``runs``: the mask, see ``run_length``; ``shape``: its rows and columns. ``reader``: who drew it; ``edited``: when,
    ISO 8601 in UTC. ``dice``: overlap with the segmentation's own mask, 0 to 1; None where the slice was not segmented.
    ``changed_px``: pixels that are inside one of the two only; ``changed_mm2``: their area, None where the spacing is
    unknown.
    """

    series_uid: str
    slice_index: int
    structure: Structure
    runs: tuple[int, ...]
    shape: tuple[int, int]
    reader: str
    edited: str
    dice: float | None
    changed_px: int
    changed_mm2: float | None

    @property
    def place(self) -> Place:
        """What was edited: of several edits of one place the last counts."""
        return self.series_uid, self.slice_index, self.structure

    @cached_property
    def mask(self) -> npt.NDArray[np.bool_]:
        """Pixels inside the outline, (rows, columns)."""
        return decode(self.runs, self.shape)


def outline_edit(
    series: Series,
    anatomy: Anatomy,
    place: tuple[int, Structure],
    mask: npt.NDArray[np.bool_],
    signed: tuple[str, str],
) -> OutlineEdit:
    """The edit that makes ``mask`` (rows, columns) the outline at ``place``: index of the slice and structure.

    ``anatomy``: with the segmentation of ``series``. ``signed``: who drew it and when, as in ``OutlineEdit``.
    Raises ``ValueError`` where the mask has not the size of the slice, or the slice or structure does not exist.
    """
    index, structure = place
    shape = (series.rows, series.columns)
    if mask.shape != shape:
        msg = f"an outline of {mask.shape} pixels does not fit a slice of {shape}"
        raise ValueError(msg)
    if not 0 <= index < series.slices or structure is Structure.BACKGROUND:
        msg = f"there is no {structure.name.lower()} to outline on slice {index} of {series.slices}"
        raise ValueError(msg)
    own = own_mask(anatomy, index, structure, shape)
    changed = int((own ^ mask).sum())
    overlap = dice(own, mask) if index in anatomy.masks else None
    area = series.square_millimetres(changed)
    return OutlineEdit(series.uid, index, structure, encode(mask), shape, *signed, overlap, changed, area)


def own_mask(
    anatomy: Anatomy, index: int, structure: Structure, shape: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """The segmentation's own mask of ``structure`` on a slice; empty where the slice was not segmented."""
    return anatomy.masks[index] == structure if index in anatomy.masks else np.zeros(shape, dtype=np.bool_)


def dice(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    """Dice coefficient (Dice 1945) of two masks of one shape, 0 (disjoint) to 1 (equal); 1 where both are empty."""
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else 1.0


def edited_masks(anatomy: Anatomy, edits: Iterable[OutlineEdit]) -> Masks:
    """The masks of ``anatomy`` with the edits of its series; slices without an edit are the same arrays."""
    masks = dict(anatomy.masks)
    last = {edit.place: edit for edit in edits if edit.series_uid == anatomy.series_uid}
    drawn: dict[int, list[OutlineEdit]] = {}
    for edit in last.values():
        drawn.setdefault(edit.slice_index, []).append(edit)
    for index, on_slice in drawn.items():
        masks[index] = _redrawn(masks.get(index), on_slice)
    return masks


def _redrawn(labels: npt.NDArray[np.uint8] | None, edits: list[OutlineEdit]) -> npt.NDArray[np.uint8]:
    """All edited structures are taken out before any is drawn, so that none erases another."""
    new = np.zeros(edits[0].shape, dtype=np.uint8) if labels is None else labels.copy()
    new[np.isin(new, [edit.structure for edit in edits])] = Structure.BACKGROUND
    for edit in edits:
        new[edit.mask] = edit.structure
    return new
