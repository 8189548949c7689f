"""Builds series from stacks: plane, weighting, geometry and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spine_core.study.dicom.weighting import (
    WeightingResult,
    infer_weighting,
    is_contrast_enhanced,
    is_fat_suppressed,
)
from spine_core.study.frame import Array, Exclusion, Frame, plane_of
from spine_core.study.geometry import StackGeometry
from spine_core.study.gradability import STACK_RULES, StackFacts
from spine_core.study.intensity.checks import checked
from spine_core.study.intensity.stack import GreyStack, grey_stack
from spine_core.study.series_grouping import kind
from spine_core.study.slice_sorting import Stack, normal_of
from spine_core.study.types import Note, Plane, Series, Severity, Weighting

LOCALIZER_SLICES = 40
"""A series in several planes with at most this many slices is a localizer, whatever it is called."""


def build(
    stacks: Sequence[Stack], weighting: Weighting | None = None, spacing: float | None = None
) -> tuple[Series, ...]:
    """Series of an upload, in order, each with a unique uid.

    ``weighting`` and ``spacing`` (mm): values stated by the user, for files whose header lacks them.
    """
    localizers, excluded = _short_in_several_planes(stacks), _excluded_series(stacks)
    used: Counter[str] = Counter()
    series = []
    for stack in stacks:
        uid = stack.frames[0].series_uid
        used[uid] += 1
        unique = uid if used[uid] == 1 else f"{uid}#{used[uid]}"
        exclusion = _exclusion(stack) or excluded.get(uid)
        if exclusion is None and _acquisition(stack) in localizers:
            exclusion = Exclusion("a localizer")
        series.append(checked(_series(stack, unique, exclusion, weighting, spacing)))
    return tuple(series)


def _acquisition(stack: Stack) -> tuple[str, ...]:
    """Identity of an acquisition, also where one UID was given to the whole study or a new one to every slice."""
    first = stack.frames[0]
    number = first.header.get("SeriesNumber", "")
    identity = first.study_uid if number else first.series_uid
    return identity, number, first.header.get("SeriesDescription", ""), kind(first, "echo time")


def _short_in_several_planes(stacks: Sequence[Stack]) -> set[tuple[str, ...]]:
    """Acquisitions of a few slices in more than one plane."""
    planes: dict[tuple[str, ...], set[Plane]] = {}
    slices: Counter[tuple[str, ...]] = Counter()
    for stack in stacks:
        planes.setdefault(_acquisition(stack), set()).add(_plane(stack))
        slices[_acquisition(stack)] += len(stack.frames)
    known = {key: found - {Plane.UNKNOWN, Plane.OBLIQUE} for key, found in planes.items()}
    return {key for key, found in known.items() if len(found) > 1 and slices[key] <= LOCALIZER_SLICES}


def _excluded_series(stacks: Sequence[Stack]) -> dict[str, Exclusion]:
    """Exclusions of one slice that apply to its series: a diffusion series has slices without diffusion weighting."""
    return {
        frame.series_uid: frame.exclusion
        for stack in stacks
        for frame in stack.frames
        if frame.exclusion is not None and frame.exclusion.whole_series
    }


def _exclusion(stack: Stack) -> Exclusion | None:
    return next((frame.exclusion for frame in stack.frames if frame.exclusion is not None), None)


def _series(
    stack: Stack, uid: str, exclusion: Exclusion | None, weighting: Weighting | None, spacing: float | None
) -> Series:
    first = stack.frames[0]
    plane, result = _plane(stack), _weighting_of(first, exclusion)
    if result.weighting is Weighting.UNKNOWN and weighting is not None:
        result = replace(result, weighting=weighting, reason="stated by the user")
    known = first.spacing
    if known is None and spacing is not None:
        known = (spacing, spacing)
    middle = stack.frames[len(stack.frames) // 2]
    grey = grey_stack(stack.frames)
    notes = (
        *dict.fromkeys(note for frame in stack.frames for note in frame.notes),
        *stack.notes,
        *result.notes,
        *grey.notes,
    )
    return Series(
        uid=uid,
        description=first.header.get("SeriesDescription", ""),
        modality=first.modality,
        plane=plane,
        weighting=result.weighting,
        weighting_reason=result.reason,
        pixels=grey.pixels,
        geometry=_geometry(stack),
        spacing=known,
        slice_thickness=first.thickness,
        files=tuple(frame.file for frame in stack.frames),
        sop_instance_uids=tuple(frame.sop_instance_uid for frame in stack.frames),
        inverted=first.inverted,
        window=middle.window,
        body_part=first.header.get("BodyPartExamined", ""),
        frame_of_reference_uid=_frame_of_reference(stack),
        notes=(*notes, *_display_notes(stack, plane)),
        study_uid=first.study_uid,
        study_date="" if first.patient is None else first.patient.study_date,
        fat_suppressed=is_fat_suppressed(first.header),
        contrast_enhanced=is_contrast_enhanced(first.header),
        not_gradable=_not_gradable(exclusion, stack, plane, grey),
        synthetic=any(frame.synthetic for frame in stack.frames),
        header=dict(first.header),
        padding=grey.padding,
        frame_numbers=tuple(frame.frame_number for frame in stack.frames),
    )


def _frame_of_reference(stack: Stack) -> str | None:
    """The frame of reference of all slices; None where they differ, since it then relates nothing."""
    found = {frame.frame_of_reference_uid for frame in stack.frames}
    return found.pop() if len(found) == 1 else None


def _plane(stack: Stack) -> Plane:
    return Plane.UNKNOWN if stack.frames[0].directions is None else plane_of(normal_of(stack.frames[0]))


def _weighting_of(frame: Frame, exclusion: Exclusion | None) -> WeightingResult:
    if exclusion is not None and exclusion.other_contrast:
        return WeightingResult(Weighting.OTHER, exclusion.reason)
    if frame.modality == "MR" or (not frame.modality and "TransferSyntax" in frame.header):
        return infer_weighting(frame.header)
    reason = f"not MR ({frame.modality})" if frame.modality else "the file has no DICOM header"
    return WeightingResult(Weighting.UNKNOWN, reason)


def _geometry(stack: Stack) -> StackGeometry | None:
    first = stack.frames[0]
    if not stack.placed or first.spacing is None or first.directions is None:
        return None
    row_direction, column_direction = _common_directions(stack)
    return StackGeometry(
        positions=np.array([frame.position for frame in stack.frames], dtype=np.float64),
        row_direction=row_direction,
        column_direction=column_direction,
        spacing=first.spacing,
    )


def _common_directions(stack: Stack) -> Array:
    """Row and column direction (2, 3) of slices that are parallel within jitter: their mean, orthogonalised."""
    directions = np.array([frame.directions for frame in stack.frames], dtype=np.float64)
    if np.array_equal(directions, np.broadcast_to(directions[0], directions.shape)):
        return np.asarray(directions[0])
    row, column = directions.mean(axis=0)
    row = row / np.linalg.norm(row)
    column = column - (column @ row) * row
    return np.stack([row, column / np.linalg.norm(column)])


def _not_gradable(exclusion: Exclusion | None, stack: Stack, plane: Plane, grey: GreyStack) -> str:
    if exclusion is not None:
        return exclusion.reason
    inverted = stack.frames[0].inverted
    facts = StackFacts(plane, _is_upright(stack), grey.pixels, grey.padding, inverted)
    return next((reason for rule in STACK_RULES if (reason := rule.reason(facts))), "")


def _is_upright(stack: Stack) -> bool:
    """True for sagittal slices with the head up and anterior to the left, and for other and unknown planes."""
    directions = stack.frames[0].directions
    if directions is None or _plane(stack) is not Plane.SAGITTAL:
        return True
    down, right = directions[1], directions[0]
    return bool(down[2] < 0 and abs(down[2]) > abs(down[1]) and right[1] > 0)


def _display_notes(stack: Stack, plane: Plane) -> tuple[Note, ...]:
    if plane is not Plane.SAGITTAL or _is_upright(stack):
        return ()
    text = "The slices are stored rotated or mirrored: the head is not up, or anterior is not on the left."
    return (Note(Severity.WARNING, text),)
