"""Segments discs, vertebrae and canal on the slices of the detected discs, with the uncertainty of every pixel."""

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
Probabilities = npt.NDArray[np.float32]

FRONT, BACK = 1.1, 2.3
"""Structures lie within these inter-disc distances in front of and behind the line through the disc centres."""
TTA_VIEWS = ((1.0, False), (1.0, True), (0.85, False))
"""Views of test-time augmentation: (scale, mirrored). Their mean is the prediction, its entropy the uncertainty."""

NOTHING = np.eye(len(Structure), dtype=np.float32)[Structure.BACKGROUND]


def segment(segmenter_network: SpineSegmenter, series: Series, anatomy: Anatomy) -> Anatomy:
    """``anatomy`` with ``masks`` and ``uncertainty`` of every slice with a disc."""
    slices = sorted({disc.slice_index for disc in anatomy.discs})
    probabilities = {
        index: _probabilities(segmenter_network, series, index, anatomy.discs) for index in slices
    }
    masks = {index: np.asarray(one.argmax(axis=0), dtype=np.uint8) for index, one in probabilities.items()}
    return replace(
        anatomy, masks=masks, uncertainty={index: entropy(one) for index, one in probabilities.items()}
    )


def entropy(probabilities: Probabilities) -> npt.NDArray[np.float16]:
    """Normalised entropy of probabilities (structures, rows, columns): (rows, columns), 0 certain to 1 uniform."""
    known = np.clip(probabilities, 1e-7, 1.0)
    return np.asarray(-(known * np.log(known)).sum(axis=0) / np.log(len(probabilities)), dtype=np.float16)


def _probabilities(
    segmenter_network: SpineSegmenter, series: Series, index: int, discs: tuple[Disc, ...]
) -> Probabilities:
    """Probability of every structure, (structures, rows, columns); background away from the spine."""
    image = detector.standardise(series.display_slice(index), series.valid(index))
    dark = -detector.MEAN / detector.STD
    aspect = series.row_to_column_spacing
    frames = [_frame(discs, aspect, scale, mirrored) for scale, mirrored in TTA_VIEWS]
    outputs = segmenter_network(
        np.stack([frame.resample(image, segmenter.SIZE, outside=dark) for frame in frames])
    )
    mean = np.zeros((len(Structure), series.rows, series.columns), dtype=np.float32)
    for frame, output in zip(frames, outputs, strict=True):
        cells = frame.after(detector.PIXEL_OF_CELL)
        output[:, ~near_spine(discs, cells, output.shape[1:], aspect)] = NOTHING[:, None]
        for structure in Structure:
            outside = float(NOTHING[structure])
            resampled = cells.inverse().resample(output[structure], mean.shape[1:], outside=outside)
            mean[structure] += resampled / len(TTA_VIEWS)
    return mean


def _frame(discs: tuple[Disc, ...], aspect: float, scale: float, mirrored: bool) -> Affine2:
    """Maps input pixels to slice pixels: discs centred, spine upright, ``PITCH`` times ``scale`` apart."""
    rows, columns = segmenter.SIZE
    centers = np.array([disc.center_px for disc in discs])
    middle = (centers.min(axis=0) + centers.max(axis=0)) / 2
    caudal = np.mean([disc.caudal for disc in discs], axis=0)
    width = rows * median_inter_disc_distance(discs) / (segmenter.PITCH * scale)
    square = crop_frame((middle[0], middle[1]), (caudal[0], caudal[1]), width, rows, aspect)
    columns_of_input = Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, (rows - columns) / 2))
    if mirrored:
        columns_of_input = Affine2(((1.0, 0.0), (0.0, -1.0)), (0.0, (rows + columns) / 2 - 1))
    return square.after(columns_of_input)


def near_spine(
    discs: tuple[Disc, ...], cells: Affine2, shape: tuple[int, int], aspect: float
) -> npt.NDArray[np.bool_]:
    """Cells from ``FRONT`` before to ``BACK`` behind the line through the discs, which is extended at both ends.

    ``cells``: maps cells to slice pixels. ``shape``: of the result. ``aspect``: height of a slice pixel over its width.
    """
    ordered = sorted(discs, key=lambda disc: LEVELS.index(disc.level))
    square = np.array([aspect, 1.0])
    centers = np.array([disc.center_px for disc in ordered]) * square
    spacing = median_inter_disc_distance(discs)
    ends = (
        centers[0] - spacing * np.array(ordered[0].caudal),
        centers[-1] + spacing * np.array(ordered[-1].caudal),
    )
    line = _fine(np.vstack([ends[0], centers, ends[1]]))
    points = cells(np.indices(shape).reshape(2, -1).T) * square
    _, nearest = cKDTree(line).query(points)
    caudal = np.gradient(line, axis=0)
    back = np.stack([-caudal[:, 1], caudal[:, 0]], axis=1) / np.hypot(*caudal.T)[:, None]
    behind = np.sum((points - line[nearest]) * back[nearest], axis=1)
    return np.asarray((behind > -FRONT * spacing) & (behind < BACK * spacing)).reshape(shape)


def _fine(points: Array) -> Array:
    """The polyline through ``points`` (N, 2) with twenty points per segment."""
    at = np.arange(len(points))
    fine = np.linspace(0, len(points) - 1, 20 * len(points))
    return np.stack([np.interp(fine, at, points[:, k]) for k in range(2)], axis=1)
