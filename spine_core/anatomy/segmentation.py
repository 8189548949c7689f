"""Outlines discs, vertebrae and canal on the slices that the localiser chose, and says where it is not sure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from spine_core.anatomy import detector, segmenter
from spine_core.anatomy.segmenter import SpineSegmenter
from spine_core.anatomy.types import LEVELS, Anatomy, Disc, Structure, median_inter_disc_distance
from spine_core.study.geometry import Affine2, crop_frame
from spine_core.study.types import Series

Array = npt.NDArray[np.float64]
Shares = npt.NDArray[np.float32]

FRONT, BACK = 1.1, 2.3
"""Structures lie within these many disc distances before and behind the line through the disc centres."""
TTA_VIEWS = ((1.0, False), (1.0, True), (0.85, False))
"""Every slice is seen so often: by scale, and whether mirrored. The mean answers, its entropy is the doubt."""

NOTHING = np.eye(len(Structure), dtype=np.float32)[Structure.BACKGROUND]


def segment(asked: SpineSegmenter, series: Series, anatomy: Anatomy) -> Anatomy:
    """The same discs with ``masks`` and ``doubts`` of every slice that one of them lies on."""
    slices = sorted({disc.slice_index for disc in anatomy.discs})
    shares = {index: _shares(asked, series, index, anatomy.discs) for index in slices}
    masks = {index: np.asarray(share.argmax(axis=0), dtype=np.uint8) for index, share in shares.items()}
    return replace(
        anatomy, masks=masks, uncertainty={index: entropy(share) for index, share in shares.items()}
    )


def entropy(shares: Shares) -> npt.NDArray[np.float16]:
    """Entropy of ``shares`` (structures, rows, columns) over that of knowing nothing: 0 sure, 1 no idea."""
    known = np.clip(shares, 1e-7, 1.0)
    return np.asarray(-(known * np.log(known)).sum(axis=0) / np.log(len(shares)), dtype=np.float16)


def _shares(asked: SpineSegmenter, series: Series, index: int, discs: tuple[Disc, ...]) -> Shares:
    """Share of every structure, (structures, rows, columns); background away from the spine."""
    picture = detector.standardise(series.display_slice(index), series.valid(index))
    dark = -detector.MEAN / detector.STD
    aspect = series.row_to_column_spacing
    frames = [_frame(discs, aspect, scale, mirrored) for scale, mirrored in TTA_VIEWS]
    answers = asked(np.stack([frame.resample(picture, segmenter.SIZE, outside=dark) for frame in frames]))
    mean = np.zeros((len(Structure), series.rows, series.columns), dtype=np.float32)
    for frame, answer in zip(frames, answers, strict=True):
        cells = frame.after(detector.PIXEL_OF_CELL)
        answer[:, ~near_spine(discs, cells, answer.shape[1:], aspect)] = NOTHING[:, None]
        for structure in Structure:
            outside = float(NOTHING[structure])
            seen = cells.inverse().resample(answer[structure], mean.shape[1:], outside=outside)
            mean[structure] += seen / len(TTA_VIEWS)
    return mean


def _frame(discs: tuple[Disc, ...], aspect: float, scale: float, mirrored: bool) -> Affine2:
    """Input pixels to slice pixels: the discs in the middle, the spine upright, ``BEST_SPACING`` times ``scale``
    apart.
    """
    rows, columns = segmenter.SIZE
    centers = np.array([disc.center_px for disc in discs])
    middle = (centers.min(axis=0) + centers.max(axis=0)) / 2
    down = np.mean([disc.caudal for disc in discs], axis=0)
    width = rows * median_inter_disc_distance(discs) / (segmenter.PITCH * scale)
    square = crop_frame((middle[0], middle[1]), (down[0], down[1]), width, rows, aspect)
    beside = Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, (rows - columns) / 2))
    if mirrored:
        beside = Affine2(((1.0, 0.0), (0.0, -1.0)), (0.0, (rows + columns) / 2 - 1))
    return square.after(beside)


def near_spine(
    discs: tuple[Disc, ...], cells: Affine2, shape: tuple[int, int], aspect: float
) -> npt.NDArray[np.bool_]:
    """Cells between ``FRONT`` before and ``BACK`` behind the line through the discs, which goes on at both ends.

    ``cells``: to slice pixels. ``shape``: how many there are. ``aspect``: height of a slice pixel over its width.
    """
    ordered = sorted(discs, key=lambda disc: LEVELS.index(disc.level))
    square = np.array([aspect, 1.0])
    centers = np.array([disc.center_px for disc in ordered]) * square
    pitch = median_inter_disc_distance(discs)
    ends = (
        centers[0] - pitch * np.array(ordered[0].caudal),
        centers[-1] + pitch * np.array(ordered[-1].caudal),
    )
    line = _fine(np.vstack([ends[0], centers, ends[1]]))
    points = cells(np.indices(shape).reshape(2, -1).T) * square
    _, nearest = cKDTree(line).query(points)
    down = np.gradient(line, axis=0)
    back = np.stack([-down[:, 1], down[:, 0]], axis=1) / np.hypot(*down.T)[:, None]
    behind = np.sum((points - line[nearest]) * back[nearest], axis=1)
    return np.asarray((behind > -FRONT * pitch) & (behind < BACK * pitch)).reshape(shape)


def _fine(points: Array) -> Array:
    """The polyline through ``points`` (N, 2), twenty steps between neighbours."""
    at = np.arange(len(points))
    fine = np.linspace(0, len(points) - 1, 20 * len(points))
    return np.stack([np.interp(fine, at, points[:, k]) for k in range(2)], axis=1)
