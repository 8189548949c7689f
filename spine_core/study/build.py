"""Stacks to series: plane, weighting, geometry and the notes that belong to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spine_core.study.frame import Frame, plane_of
from spine_core.study.geometry import StackGeometry
from spine_core.study.grey_checks import checked
from spine_core.study.grey_stack import grey_stack
from spine_core.study.model import Note, Plane, Series, Severity, Weighting
from spine_core.study.sequence import Reading, read_weighting
from spine_core.study.stacks import Stack, normal_of

LOCALIZER_SLICES = 40
"""A series in several planes with no more slices than this is a localizer, whatever it is called."""


def build(
    stacks: Sequence[Stack], weighting: Weighting | None = None, spacing: float | None = None
) -> tuple[Series, ...]:
    """Series of an upload, in order, each with a uid of its own.

    ``weighting`` and ``spacing`` (mm) are what the user states; they count where the files are silent.
    """
    planes: dict[str, set[Plane]] = {}
    slices: Counter[str] = Counter()
    for stack in stacks:
        planes.setdefault(stack.frames[0].series_uid, set()).add(_plane(stack))
        slices[stack.frames[0].series_uid] += len(stack.frames)
    used: Counter[str] = Counter()
    series = []
    for stack in stacks:
        uid = stack.frames[0].series_uid
        used[uid] += 1
        unique = uid if used[uid] == 1 else f"{uid}#{used[uid]}"
        several = len(planes[uid] - {Plane.UNKNOWN, Plane.OBLIQUE}) > 1 and slices[uid] <= LOCALIZER_SLICES
        series.append(checked(_series(stack, unique, several, weighting, spacing)))
    return tuple(series)


def _series(
    stack: Stack, uid: str, several_planes: bool, weighting: Weighting | None, spacing: float | None
) -> Series:
    first = stack.frames[0]
    plane, reading = _plane(stack), _reading(first)
    if reading.weighting is Weighting.UNKNOWN and weighting is not None:
        reading = replace(reading, weighting=weighting, reason="stated by the user")
    known = first.spacing
    if known is None and spacing is not None:
        known = (spacing, spacing)
    middle = stack.frames[len(stack.frames) // 2]
    grey = grey_stack(stack.frames)
    notes = (
        *dict.fromkeys(note for frame in stack.frames for note in frame.notes),
        *stack.notes,
        *reading.notes,
        *grey.notes,
    )
    return Series(
        uid=uid,
        description=first.header.get("SeriesDescription", ""),
        modality=first.modality,
        plane=plane,
        weighting=reading.weighting,
        weighting_reason=reading.reason,
        pixels=grey.pixels,
        geometry=_geometry(stack),
        spacing=known,
        slice_thickness=first.thickness,
        files=tuple(frame.file for frame in stack.frames),
        sop_instance_uids=tuple(frame.sop_instance_uid for frame in stack.frames),
        inverted=first.inverted,
        window=middle.window,
        body_part=first.header.get("BodyPartExamined", ""),
        frame_of_reference_uid=first.frame_of_reference_uid,
        notes=(*notes, *_display_notes(stack, plane)),
        not_gradable=_not_gradable(stack, plane, several_planes),
        synthetic=any(frame.synthetic for frame in stack.frames),
        header=dict(first.header),
        padding=grey.padding,
    )


def _plane(stack: Stack) -> Plane:
    return plane_of(normal_of(stack.frames[0])) if stack.placed else Plane.UNKNOWN


def _reading(frame: Frame) -> Reading:
    if frame.modality == "MR":
        return read_weighting(frame.header)
    reason = f"not MR ({frame.modality})" if frame.modality else "the file has no header that could tell"
    return Reading(Weighting.UNKNOWN, reason)


def _geometry(stack: Stack) -> StackGeometry | None:
    first = stack.frames[0]
    if not stack.placed or first.spacing is None or first.directions is None:
        return None
    return StackGeometry(
        positions=np.array([frame.position for frame in stack.frames], dtype=np.float64),
        row_direction=first.directions[0],
        column_direction=first.directions[1],
        spacing=first.spacing,
    )


def _not_gradable(stack: Stack, plane: Plane, several_planes: bool) -> str:
    stated = next((frame.not_gradable for frame in stack.frames if frame.not_gradable), "")
    if stated:
        return stated
    if several_planes:
        return "a localizer"
    if plane in (Plane.AXIAL, Plane.CORONAL, Plane.OBLIQUE):
        return f"only sagittal series are graded, this one is {plane}"
    if plane is Plane.SAGITTAL and not _is_upright(stack):
        return "stored turned or mirrored, as the networks have never seen it"
    return ""


def _is_upright(stack: Stack) -> bool:
    """True for a sagittal slice with the head up and the front on the left."""
    directions = stack.frames[0].directions
    if directions is None:
        return True
    down, right = directions[1], directions[0]
    return bool(down[2] < 0 and abs(down[2]) > abs(down[1]) and right[1] > 0)


def _display_notes(stack: Stack, plane: Plane) -> tuple[Note, ...]:
    if plane is not Plane.SAGITTAL or _is_upright(stack):
        return ()
    text = "The slices are stored turned or mirrored: the head is not up, or the front is not on the left."
    return (Note(Severity.WARNING, text),)
