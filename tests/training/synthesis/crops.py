"""Crops of two discs with smooth random tissue."""

import numpy as np
from scipy import ndimage

from spine_core.networks.conditions import CONDITIONS
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops


def crops():
    """L4/L5 of Pfirrmann III without a bulge, and L5/S1 of which only T2 is there."""
    noise = np.random.default_rng(0).normal(size=(2, 2, 256, 256))
    smooth = ndimage.gaussian_filter(noise, (0, 0, 6, 6))
    pixels = np.clip(128 + 900 * smooth, 0, 255).astype(np.uint8)
    labels = np.full((2, 2, len(CONDITIONS)), UNKNOWN, np.int8)
    labels[0, :, :2] = (3, 0)
    present = np.array([[True, True], [True, False]])
    pixels[1, 1] = 0
    keys = (("sudirman", "1", 2, "L4/L5"), ("spider", "2", 2, "L5/S1"))
    return Crops(pixels, present, labels, keys)
