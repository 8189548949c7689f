"""Discs of phantoms, cut as the networks see those of a study."""

from __future__ import annotations

import numpy as np

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.grading.crops import disc_frame
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.grading_network import Preprocessing
from spine_core.phantom import Phantom, mid_index, sagittal_pair


def true_disc(phantom: Phantom, level: str) -> Disc:
    """The disc where the phantom has it, on the middle slice."""
    index = mid_index(phantom)
    number = LEVELS.index(level)
    centers = np.array([phantom.sagittal.to_pixel(phantom.centers[one])[1:3] for one in LEVELS])
    _, row, column, _ = phantom.sagittal.to_pixel(phantom.posteriors[level])
    aspect = phantom.sagittal.spacing[0] / phantom.sagittal.spacing[1]
    square = centers * [aspect, 1.0]
    near = square[min(number + 1, len(LEVELS) - 1)] - square[max(number - 1, 0)]
    apart = min(number + 1, len(LEVELS) - 1) - max(number - 1, 0)
    length = float(np.hypot(*near))
    down = (float(near[0]) / length, float(near[1]) / length)
    center = (float(centers[number, 0]), float(centers[number, 1]))
    return Disc(level, "phantom", index, center, (row, column), None, length / apart, down, 1.0)


def phantom_image(contract: Preprocessing, phantom: Phantom, disc: Disc) -> DiscImage:
    """What the network sees of ``disc``."""
    frame = disc_frame(contract, disc, phantom.sagittal.spacing[0] / phantom.sagittal.spacing[1])
    shape = (contract.size, contract.size)
    rendered = sagittal_pair(phantom, contract.channels, (disc.slice_index,))
    pixels = []
    for name in contract.channels:
        picture = rendered[name].pixels[0]
        pixels.append(contract.standardise(frame.resample(picture, shape, outside=float(picture.min()))))
    mask = frame.resample(rendered[contract.channels[0]].masks[0], shape, order=0).astype(np.uint8)
    channels = tuple(Channel(name, "phantom", disc.slice_index, frame) for name in contract.channels)
    return DiscImage(disc.level, np.stack(pixels), channels, disc, mask)
