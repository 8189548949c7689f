"""From tissue to MR signal: spin echo, resolution, chemical shift and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.phantom.curve import Image
from spine_core.phantom.tissue import FAT_T1, FAT_T2, Tissue


@dataclass(frozen=True)
class Sequence:
    """A (turbo) spin echo. Times in ms. ``shift``: chemical shift of fat from water along the rows' axis in pixels."""

    name: str
    repetition_time: float
    echo_time: float
    echo_train: int
    bandwidth: float
    shift: float


T1 = Sequence("t1", 550.0, 10.0, 3, 203.0, 1.0)
T2 = Sequence("t2", 3500.0, 100.0, 17, 260.0, 0.8)
SEQUENCES = {"t1": T1, "t2": T2}


def spin_echo(sequence: Sequence, density: float, t1: float, t2: float) -> float:
    """``density (1 - exp(-TR/T1)) exp(-TE/T2)``: signal of a spin echo."""
    recovered = 1 - np.exp(-sequence.repetition_time / t1)
    return float(density * recovered * np.exp(-sequence.echo_time / t2))


def water_and_fat(sequence: Sequence, tissue: Tissue) -> npt.NDArray[np.float32]:
    """Signals (2,) of a tissue's water and of its fat."""
    water = spin_echo(sequence, tissue.density * (1 - tissue.fat), tissue.t1, tissue.t2)
    fat = spin_echo(sequence, tissue.density * tissue.fat, FAT_T1, FAT_T2)
    return np.array([water, fat], dtype=np.float32)


_REACH = 7


def _point_spread(width: float, shift: float) -> npt.NDArray[np.float64]:
    """Point spread function of a truncated k-space, ``width`` pixels between its zeros, cut off at ``_REACH``.

    A mild window, as scanners apply, reduces the ringing.
    """
    at = np.arange(-_REACH, _REACH + 1) - shift
    kernel = np.sinc(at / width) * (0.62 + 0.38 * np.cos(np.pi * np.clip(at / (_REACH + 1), -1, 1)))
    kernel *= np.exp(-0.5 * (at / (1.9 * width)) ** 2)
    return np.asarray(kernel / kernel.sum())


def resolve(water: Image, fat: Image, sequence: Sequence, width: float) -> Image:
    """Sum of both images after the point spread function; fat is displaced by the chemical shift along the rows."""
    centred = _point_spread(width, 0.0)
    shifted = _point_spread(width, sequence.shift)
    rows_resolved = ndimage.convolve1d(water, centred, axis=0) + ndimage.convolve1d(fat, shifted, axis=0)
    return np.asarray(ndimage.convolve1d(rows_resolved, centred, axis=1), dtype=np.float32)


def magnitude(signal: Image, sigma: float, rng: np.random.Generator) -> Image:
    """Magnitude of a complex signal with normal noise of ``sigma`` in both parts (Rician noise).

    The noise is slightly smoothed, as by a scanner's interpolation.
    """
    noise = rng.standard_normal((2, *signal.shape), dtype=np.float32)
    kernel = np.array([0.21, 0.58, 0.21])
    for axis in (1, 2):
        noise = ndimage.convolve1d(noise, kernel, axis=axis)
    noise *= sigma / float(np.sum(kernel**2))
    return np.asarray(np.hypot(signal + noise[0], noise[1]), dtype=np.float32)
