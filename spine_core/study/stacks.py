"""Slices to stacks: grouped and sorted by where they lie in the patient, never by instance number."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from spine_core.study.frame import Array, Frame
from spine_core.study.model import Note, Severity

PARALLEL_DEGREES = 0.5
"""Slices of one stack are parallel within this; neighbouring discs' slabs differ by several degrees."""
SAME_PLACE_MM = 0.05
"""Slices closer than this are at the same place: the thinnest are 0.4 mm apart, headers round to 0.001 mm."""
STATION_MM = 5.0
"""Slices in one plane but shifted further than this show another part of the body (several table positions)."""
GAP = 1.5
"""A step of more than this many usual steps is a gap or a missing slice."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Parallel slices of one kind in order, and what is to be said about them."""

    frames: tuple[Frame, ...]
    notes: tuple[Note, ...] = ()

    @property
    def placed(self) -> bool:
        """True where every slice has a usable place in the patient."""
        return is_placed(self.frames[0])


def is_placed(frame: Frame) -> bool:
    """True where position and directions are usable."""
    return frame.position is not None and frame.directions is not None


def normal_of(frame: Frame) -> Array:
    """Unit vector across the slice, pointing to the patient's left, back or head, whichever it is nearest to."""
    if frame.directions is None:
        msg = "a slice without directions has no normal"
        raise ValueError(msg)
    normal = np.cross(frame.directions[0], frame.directions[1])
    return np.asarray(normal * np.sign(normal[np.argmax(np.abs(normal))]))


def stacks(frames: Iterable[Frame]) -> list[Stack]:
    """Stacks of all slices of one upload, in the order in which their series first appear."""
    found: list[Stack] = []
    for series in _by(frames, lambda frame: (frame.series_uid, frame.study_uid)):
        made = [stack for alike in _alike(series) for stack in _parallel(alike)]
        if len(made) > 1:
            text = f"One of {len(made)} stacks of this series; they differ in orientation, size, contrast or time."
            made = [Stack(stack.frames, (*stack.notes, Note(Severity.INFO, text))) for stack in made]
        found += made
    return found


def _by(frames: Iterable[Frame], key: Callable[[Frame], Hashable]) -> list[list[Frame]]:
    groups: dict[Hashable, list[Frame]] = {}
    for frame in frames:
        groups.setdefault(key(frame), []).append(frame)
    return list(groups.values())


def _alike(frames: list[Frame]) -> list[list[Frame]]:
    """Slices of one size, spacing and reference frame."""

    def key(frame: Frame) -> Hashable:
        spacing = None if frame.spacing is None else tuple(round(step, 4) for step in frame.spacing)
        return frame.pixels.shape, spacing, frame.inverted, frame.frame_of_reference_uid, is_placed(frame)

    return _by(frames, key)


def _parallel(frames: list[Frame]) -> list[Stack]:
    if not is_placed(frames[0]):
        return [_unplaced(frames)]
    groups: list[list[Frame]] = []
    least = np.cos(np.radians(PARALLEL_DEGREES))
    for frame in sorted(frames, key=lambda frame: frame.number):
        for group in groups:
            if _least_cosine(group[0], frame) >= least:
                group.append(frame)
                break
        else:
            groups.append([frame])
    return [stack for group in groups for stack in _separate(group)]


def _least_cosine(one: Frame, other: Frame) -> float:
    if one.directions is None or other.directions is None:
        return -1.0
    return float(np.min(np.sum(one.directions * other.directions, axis=1)))


def _unplaced(frames: list[Frame]) -> Stack:
    ordered = tuple(sorted(frames, key=lambda frame: frame.number))
    if len(ordered) == 1:
        return Stack(ordered)
    text = "The slices have no usable positions; they are in the order of their numbers."
    return Stack(ordered, (Note(Severity.WARNING, text),))


def _separate(frames: list[Frame]) -> list[Stack]:
    """Stacks of parallel slices in which every place occurs once."""
    kept, dropped = _without_duplicates(_places(frames))
    notes: tuple[Note, ...] = ()
    if dropped:
        text = f"{dropped} slices were there twice; the copies were left out."
        notes = (
            Note(
                Severity.WARNING, text if dropped > 1 else "A slice was there twice; the copy was left out."
            ),
        )
    return [_ordered(group, (*notes, *extra)) for group, extra in _split(kept)]


def _places(frames: list[Frame]) -> list[list[Frame]]:
    """Slices in ascending order along the normal, those at the same place together."""
    normal = normal_of(frames[0])
    along = [float(np.dot(frame.position, normal)) for frame in frames if frame.position is not None]
    order = sorted(range(len(frames)), key=lambda index: (along[index], frames[index].number))
    places: list[list[Frame]] = []
    last = -np.inf
    for index in order:
        if along[index] - last > SAME_PLACE_MM:
            places.append([])
            last = along[index]
        places[-1].append(frames[index])
    return places


def _without_duplicates(places: list[list[Frame]]) -> tuple[list[Frame], int]:
    kept: list[Frame] = []
    dropped = 0
    for place in places:
        different: list[Frame] = []
        for frame in place:
            if any(_is_copy(frame, other) for other in different):
                dropped += 1
            else:
                different.append(frame)
        kept += different
    return kept, dropped


def _is_copy(one: Frame, other: Frame) -> bool:
    same_place = np.allclose(one.position, other.position, atol=SAME_PLACE_MM)  # type: ignore[arg-type]
    return bool(same_place and one.kinds == other.kinds and np.array_equal(one.pixels, other.pixels))


def _split(frames: list[Frame]) -> list[tuple[list[Frame], tuple[Note, ...]]]:
    """Splits slices until no place occurs twice, by the first difference that tells them apart."""
    repeats = [place for place in _places(frames) if len(place) > 1]
    if not repeats:
        return [(frames, ())]
    tellers: list[Callable[[Frame], Hashable]] = [_station(frames)]
    tellers += [lambda frame, index=index: frame.kinds[index] for index in range(len(frames[0].kinds))]  # type: ignore[misc]
    most = 2 * max(len(place) for place in repeats)
    for teller in tellers:
        # what changes with every slice numbers the slices and does not tell kinds apart
        telling = any(len({teller(frame) for frame in place}) > 1 for place in repeats)
        if telling and len({teller(frame) for frame in frames}) <= most:
            return [part for group in _by(frames, teller) for part in _split(group)]
    for index in range(len(frames[0].times)):
        if all(len({frame.times[index] for frame in place}) == len(place) for place in repeats):
            return _by_rank(frames, lambda frame, index=index: frame.times[index], ())  # type: ignore[misc]
    text = "Several different slices lie at the same place and nothing in the header tells them apart."
    return _by_rank(frames, lambda frame: frame.number, (Note(Severity.WARNING, text),))


def _station(frames: list[Frame]) -> Callable[[Frame], Hashable]:
    first = frames[0]
    if first.directions is None:
        msg = "slices without directions have no station"
        raise ValueError(msg)
    directions = first.directions

    def key(frame: Frame) -> Hashable:
        shift = directions @ (np.asarray(frame.position) - np.asarray(first.position))
        return tuple(int(step) for step in np.rint(shift / STATION_MM))

    return key


def _by_rank(
    frames: list[Frame], moment: Callable[[Frame], float], notes: tuple[Note, ...]
) -> list[tuple[list[Frame], tuple[Note, ...]]]:
    """The n-th slice of every place goes to the n-th stack."""
    ranks: list[list[Frame]] = []
    for place in _places(frames):
        for rank, frame in enumerate(sorted(place, key=moment)):
            if rank == len(ranks):
                ranks.append([])
            ranks[rank].append(frame)
    return [(rank, notes) for rank in ranks]


def _ordered(frames: list[Frame], notes: tuple[Note, ...]) -> Stack:
    ordered = tuple(place[0] for place in _places(frames))
    return Stack(ordered, (*notes, *_gap_notes(ordered)))


def _gap_notes(frames: tuple[Frame, ...]) -> tuple[Note, ...]:
    if len(frames) < 3:
        return ()
    normal = normal_of(frames[0])
    steps = np.diff([float(np.dot(np.asarray(frame.position), normal)) for frame in frames])
    usual = float(
        np.sort(steps)[(len(steps) - 1) // 2]
    )  # lower median: one gap among two steps is still seen
    wide = np.flatnonzero(steps > GAP * usual)
    if not len(wide):
        return ()
    first = int(wide[0])
    text = (
        f"Between slices {first + 1} and {first + 2} the step is {steps[first]:.1f} mm instead of {usual:.1f} mm"
        f"{f', and at {len(wide) - 1} more places' if len(wide) > 1 else ''}: slices may be missing."
    )
    return (Note(Severity.WARNING, text),)
