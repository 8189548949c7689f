"""From heat maps to a chain of discs with levels: what one slice shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from skimage.feature import peak_local_max

from spine_core.anatomy import detector
from spine_core.anatomy.types import HALF_DISC, Structure
from spine_core.study.geometry import Affine2, crop_frame

Array = npt.NDArray[np.float64]

MIN_PEAK = 0.2
"""Heat below this is no disc."""
SHORT, LONG = 0.55, 1.5
"""A step between neighbouring discs outside of these shares of the median is a false peak, or a missed disc."""


@dataclass(frozen=True, eq=False)
class DetectorOutput:
    """What the localiser answers about one slice through one frame (input pixels to slice pixels)."""

    frame: Affine2
    output: npt.NDArray[np.float32]

    @property
    def cells(self) -> Affine2:
        """Maps pixels of the slice to cells of the output."""
        return self.frame.after(detector.PIXEL_OF_CELL).inverse()

    def to_slice(self, cells: npt.ArrayLike) -> Array:
        """Cells of the output to (row, column) in the slice."""
        return self.frame.after(detector.PIXEL_OF_CELL)(cells)

    def at(self, channel: int | slice, cell: Array) -> npt.NDArray[np.float32]:
        """The largest answer of ``channel`` within one cell of ``cell``."""
        row, column = (round(float(v)) for v in cell)
        part = self.output[
            channel, max(row - 1, 0) : max(row + 2, 0), max(column - 1, 0) : max(column + 2, 0)
        ]
        if part.size == 0:
            return np.zeros(self.output[channel].shape[:-2], dtype=np.float32)
        return np.asarray(part.max(axis=(-2, -1)))


@dataclass(frozen=True, eq=False)
class DiscSequence:
    """Disc centres in cells of one view, from the lowest upwards, with the answer of every level at each.

    ``levels``: (discs, 6), heat of L1/L2 ... L5/S1 and of "other". ``spacing``: median step in cells.
    """

    cells: Array
    levels: Array
    spacing: float


def whole_slice_frame(shape: tuple[int, int], aspect: float) -> Affine2:
    """Frame in which a whole slice of ``shape`` fits the network's input."""
    rows, columns = shape
    side = max(rows * aspect, columns)
    return crop_frame(((rows - 1) / 2, (columns - 1) / 2), (1.0, 0.0), side, detector.SIZE, aspect)


def run_detector(
    localiser: detector.DiscDetector, pictures: list[npt.NDArray[np.float32]], frames: list[Affine2]
) -> list[DetectorOutput]:
    """Asks the localiser about standardised slices through their frames, a few at a time."""
    dark = -detector.MEAN / detector.STD
    views: list[DetectorOutput] = []
    for start in range(0, len(pictures), 4):
        part = slice(start, start + 4)
        size = (detector.SIZE, detector.SIZE)
        batch = [f.resample(p, size, outside=dark) for p, f in zip(pictures[part], frames[part], strict=True)]
        answers = localiser(np.stack(batch))
        views += [DetectorOutput(f, a) for f, a in zip(frames[part], answers, strict=True)]
    return views


def find_disc_sequence(view: DetectorOutput) -> DiscSequence | None:
    """The most plausible chain of discs in a view; None where fewer than three discs line up."""
    heat = view.output[detector.CENTERS.start : detector.OTHER + 1].max(axis=0)
    peaks = peak_local_max(heat, min_distance=4, threshold_abs=MIN_PEAK, exclude_border=False)  # type: ignore[no-untyped-call]
    if len(peaks) < 3:
        return None
    cells = np.array([_refine(heat, peak) for peak in peaks])
    strength = np.array([heat[tuple(peak)] for peak in peaks])
    order = _best_path(cells, strength)
    if len(order) < 3:
        return None
    cells = cells[order]
    steps = np.hypot(*np.diff(cells, axis=0).T)
    channels = slice(detector.CENTERS.start, detector.OTHER + 1)
    levels = np.array([view.at(channels, cell) for cell in cells], dtype=np.float64)
    return DiscSequence(cells, levels, float(np.median(steps)))


def _refine(heat: npt.NDArray[np.float32], peak: npt.NDArray[np.int64]) -> Array:
    """Centre of gravity of the heat within two cells of a peak."""
    row, column = int(peak[0]), int(peak[1])
    r0, c0 = max(row - 2, 0), max(column - 2, 0)
    part = heat[r0 : row + 3, c0 : column + 3].astype(np.float64)
    rows, columns = np.mgrid[r0 : r0 + part.shape[0], c0 : c0 + part.shape[1]]
    weighted = [(rows * part).sum(), (columns * part).sum()]
    return np.asarray(weighted, dtype=np.float64) / float(part.sum())


def _best_path(cells: Array, strength: npt.NDArray[np.float32]) -> list[int]:
    """Indices of the strongest upward path whose steps are alike in length and direction (dynamic programming)."""
    order = np.argsort(-cells[:, 0])
    near = [min(np.hypot(*(cells[i] - cells[j])) for j in order if j != i) for i in order]
    pitch = float(np.median(near))
    best = {int(i): (float(strength[i]), [int(i)]) for i in order}
    for position, i in enumerate(order):
        for j in order[:position]:
            step = cells[i] - cells[j]
            length = float(np.hypot(*step)) / pitch
            missing = round(length) - 1
            if not SHORT < length < 2.6 or -step[0] < 0.35 * np.hypot(*step):
                continue
            score = best[int(j)][0] + float(strength[i]) - abs(length - 1 - missing) - 0.4 * missing
            if score > best[int(i)][0]:
                best[int(i)] = (score, [*best[int(j)][1], int(i)])
    return max(best.values(), key=lambda entry: entry[0])[1]


def disc_indices(chain: DiscSequence) -> npt.NDArray[np.int64]:
    """Index of every disc counted upwards from the lowest found, leaving room for discs that were missed."""
    steps = np.hypot(*np.diff(chain.cells, axis=0).T) / chain.spacing
    gaps = np.where(steps > LONG, np.round(steps), 1).astype(np.int64)
    return np.concatenate([[0], np.cumsum(gaps)])


def caudal_directions(points: Array) -> Array:
    """Direction towards the feet at every point of a chain that runs upwards, shape (N, 2), length 1."""
    up = np.gradient(points, axis=0)
    return np.asarray(-up / np.hypot(*up.T)[:, None])


def posterior_edge_cell(view: DetectorOutput, cell: Array, down: Array, pitch: float) -> Array:
    """Posterior edge of the disc at ``cell``: the heat's peak where the edge is expected, else the expectation."""
    expected = cell + HALF_DISC * pitch * np.array([-down[1], down[0]])
    heat = view.output[detector.POSTERIOR]
    rows, columns = np.mgrid[0 : heat.shape[0], 0 : heat.shape[1]]
    near = np.hypot(rows - expected[0], columns - expected[1]) < 0.33 * pitch
    local = np.where(near, heat, 0.0)
    peak = np.unravel_index(int(np.argmax(local)), local.shape)
    if local[peak] < 0.15:
        return expected
    return _refine(heat, np.array(peak))


def canal_fraction(view: DetectorOutput, posterior: Array, down: Array, pitch: float) -> float:
    """Share of canal in a small window behind a disc's posterior edge: high on mid-sagittal slices only."""
    behind = posterior + 0.16 * pitch * np.array([-down[1], down[0]])
    canal = view.output[int(Structure.CANAL)]
    rows, columns = np.mgrid[0 : canal.shape[0], 0 : canal.shape[1]]
    near = np.hypot(rows - behind[0], columns - behind[1]) < 0.2 * pitch
    return float(canal[near].mean()) if near.any() else 0.0
