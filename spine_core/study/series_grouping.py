"""Groups slices into series by identity, then by acquisition.

SeriesInstanceUID is the identity in DICOM (PS3.3 C.7.3.1). After de-identification or export it may be blank, one per
slice, or one for several acquisitions; other header values then decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.study.frame import Array, Frame, plane_of

PARALLEL_DEGREES = 1.0
"""Directions that differ by less belong to one stack: rounding and motion correction cause jitter."""
STATION_MM = 5.0
"""Slices that are shifted further in their plane show another part of the body (several table positions)."""
CONTRASTS = {"echo time": 1.0, "inversion time": 1.0, "b-value": 0.0, "image type": None}
"""Values that distinguish contrasts, with the tolerated difference in their unit; None for text."""
RELATIVE_DIFFERENCE = 0.01
"""Largest relative difference of equal echo and inversion times."""
NUMBERING = 5
"""A value that differs on each of at least this many slices numbers them and does not distinguish contrasts."""


def group_by_series(frames: Iterable[Frame]) -> list[list[Frame]]:
    """The slices of each series, in order of appearance, with a unique non-empty ``series_uid``."""
    frames = list(frames)
    owners = Counter((_study(frame), frame.series_uid) for frame in frames)
    single = {key for key, count in owners.items() if not key[1] or count == 1}
    pools: dict[Hashable, list[Frame]] = {}
    for frame in frames:
        if (_study(frame), frame.series_uid) in single:
            pools.setdefault(_fallback_identity(frame), []).append(frame)
    pooled = {key for key, pool in pools.items() if _is_one_series(key, pool)}
    groups: dict[Hashable, list[Frame]] = {}
    for frame in frames:
        identity = _fallback_identity(frame)
        by_uid = (_study(frame), frame.series_uid)
        groups.setdefault(identity if by_uid in single and identity in pooled else by_uid, []).append(frame)
    return [_with_uid(group, number) for number, group in enumerate(groups.values(), start=1)]


def split_by_acquisition(frames: list[Frame]) -> list[list[Frame]]:
    """Splits the slices of one series by size, contrast, orientation and station."""
    parts = [frames]
    for what, tolerance in CONTRASTS.items():
        parts = [part for group in parts for part in _by_contrast(group, what, tolerance)]
    parts = [part for group in parts for part in by(group, _format(group))]
    parts = [part for group in parts for part in by_orientation(group)]
    return [part for group in parts for part in _by_station(group)]


def by(frames: Iterable[Frame], key: Callable[[Frame], Hashable]) -> list[list[Frame]]:
    """Groups of equal ``key``, in order of appearance."""
    groups: dict[Hashable, list[Frame]] = {}
    for frame in frames:
        groups.setdefault(key(frame), []).append(frame)
    return list(groups.values())


def clusters(values: npt.ArrayLike, gap: float, relative: float = 0.0) -> npt.NDArray[np.int64]:
    """Cluster of every value: sorted neighbours that differ by more than ``gap`` and ``relative`` are separated."""
    found = np.asarray(values, dtype=np.float64)
    order = np.argsort(found, kind="stable")
    steps = np.diff(found[order])
    apart = steps > np.maximum(gap, relative * np.abs(found[order][1:]))
    out = np.empty(len(found), dtype=np.int64)
    out[order] = np.concatenate([[0], np.cumsum(apart)])
    return out


def kind(frame: Frame, what: str) -> str:
    """The value of ``Frame.kinds`` of this name; empty where absent."""
    return next((value for name, value in frame.kinds if name == what), "")


def _study(frame: Frame) -> Hashable:
    return frame.study_uid, "" if frame.patient is None else frame.patient.study_date


def _fallback_identity(frame: Frame) -> Hashable:
    """Identity of a series without its UID; ``_is_one_series`` uses its first element, the names."""
    header = frame.header
    names = (
        header.get("SeriesNumber", ""),
        header.get("SeriesDescription", ""),
        header.get("ProtocolName", ""),
    )
    plane = "" if frame.directions is None else plane_of(np.cross(*frame.directions))
    echo = _number(kind(frame, "echo time"))
    return (
        names,
        _study(frame),
        frame.modality,
        plane,
        frame.pixels.shape,
        None if echo is None else round(echo),
    )


def _is_one_series(identity: Hashable, pool: Sequence[Frame]) -> bool:
    """True for slices without UID; for slices with one UID each, where they share a number or at least three agree."""
    if any(not frame.series_uid for frame in pool):
        return True
    assert isinstance(identity, tuple)
    return len(pool) > (1 if identity[0][0] else 2)


def _with_uid(group: list[Frame], number: int) -> list[Frame]:
    """The group with one uid: that of the first slice that has one."""
    uid = next((frame.series_uid for frame in group if frame.series_uid), f"series-without-uid-{number}")
    return [frame if frame.series_uid == uid else replace(frame, series_uid=uid) for frame in group]


def _by_contrast(frames: list[Frame], what: str, tolerance: float | None) -> list[list[Frame]]:
    values = [kind(frame, what) for frame in frames]
    if tolerance is None:
        labels: Sequence[Hashable] = [value.upper() for value in values]
    else:
        labels = _numeric_labels(values, tolerance)
    if len(set(labels)) == len(frames) >= NUMBERING:
        return [frames]
    label_of = {id(frame): label for frame, label in zip(frames, labels, strict=True)}
    return by(frames, lambda frame: label_of[id(frame)])


def _numeric_labels(values: Sequence[str], tolerance: float) -> list[Hashable]:
    """Clusters of numbers; slices without a number form one group."""
    numbers = [_number(value) for value in values]
    known = [number for number in numbers if number is not None]
    found = iter(clusters(known, tolerance, RELATIVE_DIFFERENCE).tolist())
    return [None if number is None else next(found) for number in numbers]


def _number(value: str) -> float | None:
    try:
        number = float(value.split("\\")[0])
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _format(frames: list[Frame]) -> Callable[[Frame], Hashable]:
    """Size, spacing, grey scale and frame of reference; a frame of reference that differs on each slice is ignored."""
    spacings = clusters([0.0 if f.spacing is None else f.spacing[0] for f in frames], 1e-3)
    columns = clusters([0.0 if f.spacing is None else f.spacing[1] for f in frames], 1e-3)
    spacing_of = {
        id(frame): pair for frame, *pair in zip(frames, spacings.tolist(), columns.tolist(), strict=True)
    }
    references = {frame.frame_of_reference_uid for frame in frames}
    one_each = 1 < len(references) == len(frames)

    def key(frame: Frame) -> Hashable:
        reference = None if one_each else frame.frame_of_reference_uid
        known = frame.position is not None, frame.directions is not None
        return frame.pixels.shape, tuple(spacing_of[id(frame)]), frame.inverted, reference, known

    return key


def by_orientation(frames: list[Frame]) -> list[list[Frame]]:
    """Slices whose row and column directions are within ``PARALLEL_DEGREES`` of a neighbour's."""
    if len(frames) < 2 or any(frame.directions is None for frame in frames):
        return [frames]
    from scipy.cluster.hierarchy import fcluster, linkage

    directions = np.array([frame.directions for frame in frames])
    rows, columns = directions[:, 0], directions[:, 1]
    # the chord between unit vectors is their angle, for angles as small as these
    largest = np.deg2rad(PARALLEL_DEGREES)
    labels = np.zeros(len(frames), dtype=np.int64)
    for vectors in (rows, columns):
        found = fcluster(linkage(vectors, "single"), largest, "distance")
        labels = labels * (len(frames) + 1) + found
    label_of = {id(frame): int(label) for frame, label in zip(frames, labels, strict=True)}
    return by(frames, lambda frame: label_of[id(frame)])


def _by_station(frames: list[Frame]) -> list[list[Frame]]:
    """Groups slices whose first pixels lie over one another: shifted stacks were acquired at other table positions."""
    if len(frames) < 2 or any(frame.position is None or frame.directions is None for frame in frames):
        return [frames]
    shifts = in_plane(frames)
    rows, columns = (clusters(shifts[:, axis], STATION_MM).tolist() for axis in (0, 1))
    label_of = {id(frame): pair for frame, *pair in zip(frames, rows, columns, strict=True)}
    return by(frames, lambda frame: tuple(label_of[id(frame)]))


def in_plane(frames: Sequence[Frame]) -> Array:
    """Position of every slice's first pixel along its row and column direction in mm, (N, 2)."""
    directions = np.median([frame.directions for frame in frames], axis=0)
    positions = np.array([frame.position for frame in frames], dtype=np.float64)
    return np.asarray(positions @ directions.T)
