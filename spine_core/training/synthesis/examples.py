"""Training examples of the generators: small standardised views of the discs, with the tokens of their labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.synthesis.conditions import GRADED, LEVEL_NAMES
from spine_core.synthesis.resize import SIDE, shrink
from spine_core.training.datasets.crop_cache import MARGIN, Crops
from spine_core.training.models.targets_and_loss import visible_labels

if TYPE_CHECKING:
    import torch

VIEWS = 6
"""Views of a training disc: its centre, and random ones."""
DEGREES, ZOOM, SHIFT = 3.0, 0.05, 0.03
"""Spread of the random views: rotation, logarithm of the scale along each axis, and shift relative to the side. Small,
because samples look like the views."""


@dataclass(frozen=True, eq=False)
class Examples:
    """``images``: float16 (N, views, 2, SIDE, SIDE), standardised as a network's input, zeros where absent.

    ``present``: bool (N, 2). ``labels``: int8 (N, 2, conditions), as in ``Crops``. ``levels``: int64 (N,), the token.
    ``patients``: (N,), source and patient.
    """

    images: npt.NDArray[np.float16]
    present: npt.NDArray[np.bool_]
    labels: npt.NDArray[np.int8]
    levels: npt.NDArray[np.int64]
    patients: npt.NDArray[np.str_]

    def tokens(
        self, rows: npt.NDArray[np.int64], use: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.int64]:
        """Tokens (N, len(TOKEN_SIZES)) of discs of which the channels ``use`` (N, 2) are shown; default: all."""
        shown = self.present[rows] if use is None else use
        labels = visible_labels(self.labels[rows], shown)
        columns = [index for name in GRADED for index, c in enumerate(CONDITIONS) if c.name == name]
        # Labels count from the first grade, except Pfirrmann's, which are the grade itself; -1 is unknown.
        firsts = np.array([int(CONDITIONS[column].grades[0]) for column in columns])
        known = labels[:, columns].astype(np.int64)
        grades = np.where(known < 0, 0, known - firsts + 1)
        return np.concatenate([self.levels[rows, None], grades, shown.astype(np.int64)], axis=1)


def examples(
    crops: Crops, seed: int = 0, views: int = VIEWS, log: Callable[[str], None] = lambda _: None
) -> Examples:
    """The examples of ``crops``. Of ``views`` views the first is the centre, as the networks see it."""
    import torch

    preprocessing, rng = Preprocessing(), np.random.default_rng(seed)
    out = np.zeros((len(crops.keys), views, 2, SIDE, SIDE), dtype=np.float16)
    for row in range(len(crops.keys)):
        pixels = torch.from_numpy(crops.pixels[row].astype(np.float32))
        for view in range(views):
            theta = _frame(rng, 0.0 if view == 0 else 1.0)
            wide = _resample(pixels, theta, preprocessing.size)
            for channel in np.flatnonzero(crops.present[row]):
                out[row, view, channel] = shrink(preprocessing.standardise(wide[channel]))
        if row % 500 == 0:
            log(f"views of {row} of {len(crops.keys)} discs")
    levels = np.array([LEVEL_NAMES.index(key[3]) + 1 for key in crops.keys], dtype=np.int64)
    patients = np.array([f"{source}/{patient}" for source, patient, _, _ in crops.keys])
    return Examples(out, crops.present, crops.labels, levels, patients)


def cached_examples(crops: Crops, path: Path, seed: int, log: Callable[[str], None]) -> Examples:
    """``examples``, made once and then read from ``path`` (npz)."""
    if not path.is_file():
        made = examples(crops, seed, log=log)
        half = path.with_suffix(".half.npz")
        np.savez(half, **vars(made))
        half.rename(path)
    stored = np.load(path, allow_pickle=False)
    return Examples(**{name: stored[name] for name in stored.files})


def _frame(rng: np.random.Generator, strength: float) -> npt.NDArray[np.float32]:
    """Affine (2, 3) of a view, from output to crop, both from -1 to 1. ``strength`` 0: the centre."""
    angle = np.deg2rad(rng.normal(0, DEGREES)) * strength
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    scale = np.exp(strength * rng.uniform(-ZOOM, ZOOM, 2)) / MARGIN
    shift = strength * rng.uniform(-SHIFT, SHIFT, 2)
    return np.concatenate([turn @ np.diag(scale), shift[:, None]], axis=1).astype(np.float32)


def _resample(pixels: torch.Tensor, theta: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float32]:
    import torch

    grid = torch.nn.functional.affine_grid(
        torch.from_numpy(theta)[None], [1, 2, size, size], align_corners=False
    )
    found = torch.nn.functional.grid_sample(pixels[None], grid, padding_mode="border", align_corners=False)
    return np.asarray(found[0].numpy(), dtype=np.float32)
