"""Sorts slices into stacks by position in the patient, or by instance number where positions are missing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spine_core.study.frame import Array, Frame
from spine_core.study.series_grouping import by, group_by_series, kind, split_by_acquisition
from spine_core.study.types import Note, Severity

SAME_PLACE_MM = 0.05
"""Slices closer than this have the same position: the thinnest are 0.4 mm apart, headers round to 0.001 mm."""
OVERLAP = 0.9
"""Slices of one acquisition are at least this fraction of their thickness apart; closer ones were acquired twice."""
UNEVEN = 1.3
"""Ratio of the largest to the smallest step above which two acquisitions may be interleaved."""
GAP = 1.5
"""A step of more than this many median steps is a gap or a missing slice."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Parallel slices of one kind in order, with notes."""

    frames: tuple[Frame, ...]
    notes: tuple[Note, ...] = ()

    @property
    def placed(self) -> bool:
        """True where every slice has a usable position in the patient."""
        return is_placed(self.frames[0])


def is_placed(frame: Frame) -> bool:
    """True where position and directions are usable."""
    return frame.position is not None and frame.directions is not None


def normal_of(frame: Frame) -> Array:
    """Unit normal of the slice (3,), in the sign that points to the patient's left, posterior or head."""
    if frame.directions is None:
        msg = "a slice without directions has no normal"
        raise ValueError(msg)
    normal = np.cross(frame.directions[0], frame.directions[1])
    return np.asarray(normal * np.sign(normal[np.argmax(np.abs(normal))]))


def stacks(frames: Iterable[Frame]) -> list[Stack]:
    """Stacks of all slices of one upload, in the order in which their series first appear."""
    found: list[Stack] = []
    for series in group_by_series(frames):
        made = [stack for part in split_by_acquisition(series) for stack in _sorted(part)]
        if len(made) > 1:
            text = f"One of {len(made)} stacks of this series; they differ in orientation, size, contrast or time."
            made = [Stack(stack.frames, (*stack.notes, Note(Severity.INFO, text))) for stack in made]
        found += made
    return found


def _sorted(frames: list[Frame]) -> list[Stack]:
    if not is_placed(frames[0]) or _all_at_one_place(frames):
        return [_unplaced(frames)]
    return _separate(frames)


def _all_at_one_place(frames: list[Frame]) -> bool:
    """True for three or more different slices with the same position in the header, which then gives no order."""
    positions = _by_position(frames)
    return len(frames) > 2 and len(positions) == 1 and len(_without_duplicates(positions)[0]) > 2


def _unplaced(frames: list[Frame]) -> Stack:
    """Sorted by slice location, else by instance number, else in the order of the files, with a note."""
    unplaced = [frame if frame.position is None else replace(frame, position=None) for frame in frames]
    if len(unplaced) == 1:
        return Stack(tuple(frames))
    locations = {frame.location for frame in unplaced}
    if None not in locations and len(locations) == len(unplaced):
        order, words = sorted(unplaced, key=lambda frame: frame.location or 0.0), "Slice Location"
    elif len({frame.number for frame in unplaced}) > 1 and all(frame.numbered for frame in unplaced):
        order, words = sorted(unplaced, key=lambda frame: frame.number), "their instance numbers"
    else:
        order, words = unplaced, "the files, since the header gives none"
    text = f"The slices have no usable positions; they are in the order of {words}."
    return Stack(tuple(order), (Note(Severity.WARNING, text),))


def _separate(frames: list[Frame]) -> list[Stack]:
    """Stacks of parallel slices in which every position occurs once."""
    unique, dropped = _without_duplicates(_by_position(frames))
    notes: tuple[Note, ...] = ()
    if dropped:
        text = f"{dropped} slices occurred twice; the copies were left out."
        notes = (
            Note(Severity.WARNING, text if dropped > 1 else "A slice occurred twice; the copy was left out."),
        )
    return [
        _ordered(part, (*notes, *extra)) for group in _interleaved(unique) for part, extra in _split(group)
    ]


def _interleaved(frames: list[Frame]) -> list[list[Frame]]:
    """Separates acquisitions whose slices are interleaved, such as two repetitions a millimetre apart.

    They are separated by acquisition, echo or time, or where instance numbers restart; only where slices overlap or are
    unevenly spaced, and each acquisition is evenly spaced. Odd and even slices of one stack stay together.
    """
    if len(frames) < 4 or not _looks_interleaved(frames):
        return [frames]
    for key in (*_conditional_keys(frames), _run_of_numbers(frames)):
        groups = by(frames, key)
        if (
            len(groups) > 1
            and all(len(group) > 1 and _is_even(group) for group in groups)
            and _overlap(groups)
        ):
            return groups
    return [frames]


def _looks_interleaved(frames: list[Frame]) -> bool:
    steps = _steps(frames)
    thickness = frames[0].thickness
    overlapping = thickness is not None and bool(np.median(steps) < OVERLAP * thickness)
    return overlapping or not _is_even(frames)


def _conditional_keys(frames: list[Frame]) -> list[Callable[[Frame], Hashable]]:
    """Keys with few enough values to distinguish acquisitions instead of numbering slices."""
    keys: list[Callable[[Frame], Hashable]] = [
        lambda frame, what=what: kind(frame, what)  # type: ignore[misc]
        for what in ("acquisition", "echo number", "time position")
    ]
    keys += [lambda frame, at=at: frame.times[at] for at in range(len(frames[0].times))]  # type: ignore[misc]
    return [key for key in keys if 1 < len({key(frame) for frame in frames}) <= len(frames) // 2]


def _run_of_numbers(frames: list[Frame]) -> Callable[[Frame], Hashable]:
    """Key by the monotonic run of positions, in the order of instance numbers."""
    ordered = sorted(frames, key=lambda frame: frame.number)
    steps = np.diff(_along(ordered, normal_of(frames[0])))
    direction = np.sign(np.median(steps)) or 1.0
    runs = np.concatenate([[0], np.cumsum(direction * steps < 0)])
    run_of = {id(frame): int(run) for frame, run in zip(ordered, runs, strict=True)}
    return lambda frame: run_of[id(frame)]


def _steps(frames: list[Frame]) -> Array:
    return np.diff(sorted(_along(frames, normal_of(frames[0]))))


def _is_even(frames: list[Frame]) -> bool:
    steps = _steps(frames)
    steps = steps[steps > SAME_PLACE_MM]
    return len(steps) == 0 or bool(np.max(steps) <= UNEVEN * np.min(steps))


def _overlap(groups: list[list[Frame]]) -> bool:
    """True where the ranges of all groups along the normal overlap."""
    normal = normal_of(groups[0][0])
    ranges = [_along(group, normal) for group in groups]
    return max(min(positions) for positions in ranges) < min(max(positions) for positions in ranges)


def _along(frames: Sequence[Frame], normal: Array) -> list[float]:
    """Positions of slices along ``normal`` in mm."""
    return [float(np.dot(np.asarray(frame.position), normal)) for frame in frames]


def _by_position(frames: list[Frame]) -> list[list[Frame]]:
    """Slices in ascending order along the normal, those at the same position grouped."""
    normal = normal_of(frames[0])
    along = _along(frames, normal)
    order = sorted(range(len(frames)), key=lambda index: (along[index], frames[index].number))
    positions: list[list[Frame]] = []
    last = -np.inf
    for index in order:
        if along[index] - last > SAME_PLACE_MM:
            positions.append([])
            last = along[index]
        positions[-1].append(frames[index])
    return positions


def _without_duplicates(positions: list[list[Frame]]) -> tuple[list[Frame], int]:
    unique: list[Frame] = []
    dropped = 0
    for position in positions:
        different: list[Frame] = []
        for frame in position:
            if any(_is_copy(frame, other) for other in different):
                dropped += 1
            else:
                different.append(frame)
        unique += different
    return unique, dropped


def _is_copy(one: Frame, other: Frame) -> bool:
    same_place = np.allclose(one.position, other.position, atol=SAME_PLACE_MM)  # type: ignore[arg-type]
    return bool(same_place and one.kinds == other.kinds and np.array_equal(one.pixels, other.pixels))


def _split(frames: list[Frame]) -> list[tuple[list[Frame], tuple[Note, ...]]]:
    """Splits slices until no position occurs twice, by the first key that distinguishes them."""
    repeats = [position for position in _by_position(frames) if len(position) > 1]
    if not repeats:
        return [(frames, ())]
    keys: list[Callable[[Frame], Hashable]] = [
        lambda frame, index=index: frame.kinds[index]  # type: ignore[misc]
        for index in range(len(frames[0].kinds))
    ]
    most = 2 * max(len(position) for position in repeats)
    for key in keys:
        # a value that changes with every slice numbers the slices and does not distinguish kinds
        differs = any(len({key(frame) for frame in position}) > 1 for position in repeats)
        if differs and len({key(frame) for frame in frames}) <= most:
            return [part for group in by(frames, key) for part in _split(group)]
    for index in range(len(frames[0].times)):
        if all(len({frame.times[index] for frame in position}) == len(position) for position in repeats):
            return _by_rank(frames, lambda frame, index=index: frame.times[index], ())  # type: ignore[misc]
    folders = [len({_folder(frame) for frame in position}) == len(position) for position in repeats]
    if all(folders):
        return [(group, ()) for group in by(frames, _folder)]
    text = "Several different slices have the same position, and the header does not distinguish them."
    return _by_rank(frames, lambda frame: frame.number, (Note(Severity.WARNING, text),))


def _folder(frame: Frame) -> str:
    return frame.file.replace("\\", "/").rpartition("/")[0]


def _by_rank(
    frames: list[Frame], moment: Callable[[Frame], float], notes: tuple[Note, ...]
) -> list[tuple[list[Frame], tuple[Note, ...]]]:
    """The n-th slice of every position goes to the n-th stack."""
    ranks: list[list[Frame]] = []
    for position in _by_position(frames):
        for rank, frame in enumerate(sorted(position, key=moment)):
            if rank == len(ranks):
                ranks.append([])
            ranks[rank].append(frame)
    return [(rank, notes) for rank in ranks]


def _ordered(frames: list[Frame], notes: tuple[Note, ...]) -> Stack:
    ordered = tuple(position[0] for position in _by_position(frames))
    return Stack(ordered, (*notes, *_gap_notes(ordered)))


def _gap_notes(frames: tuple[Frame, ...]) -> tuple[Note, ...]:
    if len(frames) < 3:
        return ()
    steps = np.diff(_along(frames, normal_of(frames[0])))
    usual = float(
        np.sort(steps)[(len(steps) - 1) // 2]
    )  # lower median: one gap among two steps is still seen
    wide = np.flatnonzero(steps > GAP * usual)
    if not len(wide):
        return ()
    first = int(wide[0])
    text = (
        f"Between slices {first + 1} and {first + 2} the step is {steps[first]:.1f} mm instead of {usual:.1f} mm"
        f"{f', and at {len(wide) - 1} more positions' if len(wide) > 1 else ''}: slices may be missing."
    )
    return (Note(Severity.WARNING, text),)
