"""Phantoms as training and test data; metrics on phantoms are always reported separately from patients."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.phantom.render import Phantom, build, mid_index, sagittal_pair
from spine_core.phantom.spec import random_case

SEEDS = {2: range(10_000, 10_048), CALIBRATION_FOLD: range(20_000, 20_012), TEST_FOLD: range(30_000, 30_020)}
"""Seeds per fold. The demonstration study and the tests use small seeds, which no network was trained on."""


def phantom_images(
    folds: tuple[int, ...] = tuple(SEEDS), log: Callable[[str], None] = lambda text: None
) -> list[LabelledImage]:
    """Mid-sagittal T1 and T2 of every phantom, with true discs and grades."""
    seeds = [(seed, fold) for fold in folds for seed in SEEDS[fold]]
    with ProcessPoolExecutor() as pool:
        pairs = pool.map(_pair, *zip(*seeds, strict=True), chunksize=4)
        out = [image for pair in pairs for image in pair]
    log(f"{len(out)} phantom images generated")
    return out


def _pair(seed: int, fold: int) -> list[LabelledImage]:
    phantom = build(random_case(seed))
    out: list[LabelledImage] = []
    middle = mid_index(phantom)
    name = str(phantom.spec.seed)
    for weighting, rendered in sagittal_pair(phantom, ("t1", "t2"), (middle,)).items():
        grey = to_uint8(rendered.pixels[0])
        discs, mask = _discs(phantom), rendered.masks[0]
        out.append(
            LabelledImage("phantom", name, fold, weighting, f"{name}_{weighting}.png", grey, discs, mask)
        )
    return out


def to_uint8(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """8-bit image as in the datasets, with the brightest 0.2 % of the pixels clipped."""
    high = float(np.percentile(pixels, 99.8))
    return np.asarray(np.clip(np.rint(pixels / high * 255), 0, 255), dtype=np.uint8)


def _discs(phantom: Phantom) -> tuple[DiscLabel, ...]:
    out = []
    for level in reversed(LEVELS):
        _, row, column, _ = phantom.sagittal.to_pixel(phantom.centers[level])
        _, back, edge, _ = phantom.sagittal.to_pixel(phantom.posteriors[level])
        grades = {name: int(grade) for name, grade in phantom.grades[level].items()}
        out.append(DiscLabel(level, (row, column), (back, edge), grades))
    return tuple(out)
