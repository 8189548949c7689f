"""Stacks that the demonstration study does not have, each with the outlines on it."""

from __future__ import annotations

import numpy as np
from skimage.io import imread

from pages.components.viewer.viewer_data import outlines
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Plane, Series, Weighting
from tests.conftest import DATA

REAL = "110_t2_SPACE_slice"
LONG = 1000
TILT = np.deg2rad(25.0)


def made(uid: str, pixels: np.ndarray, geometry: StackGeometry, frame: str = "1.2.3") -> Series:
    return Series(
        uid, uid, "MR", Plane.SAGITTAL, Weighting.T2, "", pixels, geometry, geometry.spacing, 1.0, (), (),
        frame_of_reference_uid=frame,
    )  # fmt: skip


def sagittal(slices: int, step: float, spacing: float) -> StackGeometry:
    positions = np.array([[step * i, 0.0, 0.0] for i in range(slices)])
    return StackGeometry(positions, np.array([0.0, 1, 0]), np.array([0.0, 0, -1]), (spacing, spacing))


def real() -> tuple[list[Series], list[dict]]:
    """A stack of SPIDER's T2 SPACE slices, one millimetre apart, with its masks as outlines."""
    folder = DATA / "spider_space"
    paths = sorted((folder / "images").glob(f"{REAL}*.png"))
    pixels = np.stack([imread(path) for path in paths])
    masks = [imread(folder / "masks" / path.name) for path in paths]
    drawn = [line for index, mask in enumerate(masks) for line in outlines(index, mask)]
    return [made("real", pixels, sagittal(len(paths), 1.0, 0.46875))], drawn


def long() -> tuple[list[Series], list[dict]]:
    """As many slices as a whole-body study has; each is as bright as its number."""
    pixels = np.zeros((LONG, 512, 512), np.uint16) + np.arange(LONG, dtype=np.uint16)[:, None, None]
    return [made("long", pixels, sagittal(LONG, 1.0, 0.5))], []


def tilted() -> tuple[list[Series], list[dict]]:
    """A sagittal stack, an axial slab tilted like a disc's, and the same slab in a frame of its own."""
    random = np.random.default_rng(0)
    upright = made(
        "sagittal", random.integers(0, 900, (5, 160, 128)).astype(np.uint16), sagittal(5, 4.0, 1.5)
    )
    along = np.array([0.0, np.cos(TILT), -np.sin(TILT)])
    positions = np.array([[-40.0, 50.0, -90.0 - 5 * i] for i in range(4)])
    slab = StackGeometry(positions, np.array([1.0, 0, 0]), along, (1.0, 1.0))
    pixels = random.integers(0, 900, (4, 100, 100)).astype(np.uint16)
    return [upright, made("slab", pixels, slab), made("stranger", pixels, slab, "9.9.9")], []
