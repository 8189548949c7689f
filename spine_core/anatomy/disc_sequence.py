"""From the detector's heat maps of one slice to a sequence of discs with levels."""

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
"""Least heat of a disc."""
SHORT, LONG = 0.55, 1.5
"""Range of steps between neighbouring discs, as fractions of the median step: a shorter one means a false peak, a
longer one a missed disc."""


@dataclass(frozen=True, eq=False)
class DetectorOutput:
    """Detector output of one slice. ``frame``: maps input pixels to slice pixels. ``output``: (OUTPUTS, h, w)."""

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
        """The largest value of ``channel`` within one cell of ``cell`` (row, column)."""
        row, column = (round(float(v)) for v in cell)
        part = self.output[
            channel, max(row - 1, 0) : max(row + 2, 0), max(column - 1, 0) : max(column + 2, 0)
        ]
        if part.size == 0:
            return np.zeros(self.output[channel].shape[:-2], dtype=np.float32)
        return np.asarray(part.max(axis=(-2, -1)))


@dataclass(frozen=True, eq=False)
class DiscSequence:
    """A sequence of discs on one slice, from the most caudal one upwards.

    ``cells``: (discs, 2), centres as (row, column) in output cells. ``levels``: (discs, 6), heat of L1/L2 ... L5/S1 and
    of "other". ``spacing``: median step in cells.
    """

    cells: Array
    levels: Array
    spacing: float


def whole_slice_frame(shape: tuple[int, int], aspect: float) -> Affine2:
    """Frame in which a whole slice of ``shape`` fits the network's input. ``aspect``: pixel height over width."""
    rows, columns = shape
    side = max(rows * aspect, columns)
    return crop_frame(((rows - 1) / 2, (columns - 1) / 2), (1.0, 0.0), side, detector.SIZE, aspect)


def run_detector(
    disc_detector: detector.DiscDetector, images: list[npt.NDArray[np.float32]], frames: list[Affine2]
) -> list[DetectorOutput]:
    """Runs the detector on standardised slices (rows, columns), each resampled by its frame, in batches of four."""
    dark = -detector.MEAN / detector.STD
    views: list[DetectorOutput] = []
    for start in range(0, len(images), 4):
        part = slice(start, start + 4)
        size = (detector.SIZE, detector.SIZE)
        batch = [f.resample(p, size, outside=dark) for p, f in zip(images[part], frames[part], strict=True)]
        outputs = disc_detector(np.stack(batch))
        views += [DetectorOutput(f, a) for f, a in zip(frames[part], outputs, strict=True)]
    return views


def find_disc_sequence(view: DetectorOutput) -> DiscSequence | None:
    """The most plausible sequence of discs in a slice; None where it has fewer than three discs."""
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
    """Centroid of the heat within two cells of a peak."""
    row, column = int(peak[0]), int(peak[1])
    r0, c0 = max(row - 2, 0), max(column - 2, 0)
    part = heat[r0 : row + 3, c0 : column + 3].astype(np.float64)
    rows, columns = np.mgrid[r0 : r0 + part.shape[0], c0 : c0 + part.shape[1]]
    weighted = [(rows * part).sum(), (columns * part).sum()]
    return np.asarray(weighted, dtype=np.float64) / float(part.sum())


def _best_path(cells: Array, strength: npt.NDArray[np.float32]) -> list[int]:
    """Indices of the strongest upward path with steps of similar length and direction (dynamic programming)."""
    order = np.argsort(-cells[:, 0])
    near = [min(np.hypot(*(cells[i] - cells[j])) for j in order if j != i) for i in order]
    spacing = float(np.median(near))
    best = {int(i): (float(strength[i]), [int(i)]) for i in order}
    for position, i in enumerate(order):
        for j in order[:position]:
            step = cells[i] - cells[j]
            length = float(np.hypot(*step)) / spacing
            missing = round(length) - 1
            if not SHORT < length < 2.6 or -step[0] < 0.35 * np.hypot(*step):
                continue
            score = best[int(j)][0] + float(strength[i]) - abs(length - 1 - missing) - 0.4 * missing
            if score > best[int(i)][0]:
                best[int(i)] = (score, [*best[int(j)][1], int(i)])
    return max(best.values(), key=lambda entry: entry[0])[1]


def disc_indices(sequence: DiscSequence) -> npt.NDArray[np.int64]:
    """Index of every disc, counted upwards from the lowest; missed discs are counted as well."""
    steps = np.hypot(*np.diff(sequence.cells, axis=0).T) / sequence.spacing
    gaps = np.where(steps > LONG, np.round(steps), 1).astype(np.int64)
    return np.concatenate([[0], np.cumsum(gaps)])


def caudal_directions(points: Array) -> Array:
    """Caudal direction at every point (N, 2) of a sequence that runs upwards: (N, 2), unit length."""
    up = np.gradient(points, axis=0)
    return np.asarray(-up / np.hypot(*up.T)[:, None])


def posterior_edge_cell(view: DetectorOutput, cell: Array, caudal: Array, spacing: float) -> Array:
    """Posterior edge of the disc at ``cell``: the heat's peak near the expected position, else that position."""
    expected = cell + HALF_DISC * spacing * np.array([-caudal[1], caudal[0]])
    heat = view.output[detector.POSTERIOR]
    rows, columns = np.mgrid[0 : heat.shape[0], 0 : heat.shape[1]]
    near = np.hypot(rows - expected[0], columns - expected[1]) < 0.33 * spacing
    local = np.where(near, heat, 0.0)
    peak = np.unravel_index(int(np.argmax(local)), local.shape)
    if local[peak] < 0.15:
        return expected
    return _refine(heat, np.array(peak))


def canal_fraction(view: DetectorOutput, posterior: Array, caudal: Array, spacing: float) -> float:
    """Mean canal probability in a window behind a disc's posterior edge: high on mid-sagittal slices only."""
    behind = posterior + 0.16 * spacing * np.array([-caudal[1], caudal[0]])
    canal = view.output[int(Structure.CANAL)]
    rows, columns = np.mgrid[0 : canal.shape[0], 0 : canal.shape[1]]
    near = np.hypot(rows - behind[0], columns - behind[1]) < 0.2 * spacing
    return float(canal[near].mean()) if near.any() else 0.0
