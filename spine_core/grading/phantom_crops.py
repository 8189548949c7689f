"""Network inputs for the discs of phantoms."""

from __future__ import annotations

import numpy as np

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.grading.crops.sagittal import disc_frame
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.preprocessing import Preprocessing
from spine_core.phantom import Phantom, mid_index, sagittal_pair


def true_disc(phantom: Phantom, level: str) -> Disc:
    """The true disc of ``level`` on the phantom's middle slice."""
    index = mid_index(phantom)
    number = LEVELS.index(level)
    centers = np.array([phantom.sagittal.to_pixel(phantom.centers[one])[1:3] for one in LEVELS])
    _, row, column, _ = phantom.sagittal.to_pixel(phantom.posteriors[level])
    aspect = phantom.sagittal.spacing[0] / phantom.sagittal.spacing[1]
    square = centers * [aspect, 1.0]
    near = square[min(number + 1, len(LEVELS) - 1)] - square[max(number - 1, 0)]
    apart = min(number + 1, len(LEVELS) - 1) - max(number - 1, 0)
    length = float(np.hypot(*near))
    caudal = (float(near[0]) / length, float(near[1]) / length)
    center = (float(centers[number, 0]), float(centers[number, 1]))
    return Disc(level, "phantom", index, center, (row, column), None, length / apart, caudal, 1.0)


def phantom_image(preprocessing: Preprocessing, phantom: Phantom, disc: Disc) -> DiscImage:
    """The network's input for ``disc``."""
    frame = disc_frame(preprocessing, disc, phantom.sagittal.spacing[0] / phantom.sagittal.spacing[1])
    shape = (preprocessing.size, preprocessing.size)
    rendered = sagittal_pair(phantom, preprocessing.channels, (disc.slice_index,))
    pixels = []
    for position, name in enumerate(preprocessing.channels):
        pixels_of_slice = rendered[name].pixels[0]
        pixels.append(
            preprocessing.standardise(
                frame.resample(pixels_of_slice, shape, outside=float(pixels_of_slice.min())), None, position
            )
        )
    mask = frame.resample(rendered[preprocessing.channels[0]].masks[0], shape, order=0).astype(np.uint8)
    channels = tuple(Channel(name, "phantom", disc.slice_index, frame) for name in preprocessing.channels)
    return DiscImage(disc.level, np.stack(pixels), channels, disc, mask)
