"""The prior on the slices of the current series, so that both can be shown at the same place of the patient."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.priors.registration import Registration
from spine_core.priors.volume import simpleitk, volume, with_grid
from spine_core.progress import Progress, silent
from spine_core.study.types import Note, Series, Severity

DESCRIPTION = "Prior, registered"
RESAMPLED = (
    "The prior, resampled by linear interpolation onto the slices of the current series. Between thick slices it is "
    "blurred; look at its own slices before you read a fine detail. Its brightness is scaled to the current series."
)
DARK, BRIGHT = 1.0, 99.0
"""Percentiles of grey values that are given the current series' values."""


def resampled_prior(
    series: Series, prior_series: Series, registration: Registration, progress: Progress = silent
) -> Series:
    """``prior_series`` on the grid of ``series``, float32, in its frame of reference; not graded.

    What lies outside the prior is padding. Raises ``NotRegistrable`` as ``registration.register`` does, ``Cancelled``
    when ``progress`` does.
    """
    sitk = simpleitk()
    progress(0.0, "resampling the prior")
    moving = volume(prior_series)
    darkest = float(sitk.GetArrayViewFromImage(moving).min())
    reference = with_grid(np.zeros(series.pixels.shape, np.uint8), series)
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(registration.to_prior.rotation.ravel().tolist())
    transform.SetTranslation(registration.to_prior.translation.tolist())
    resampler = sitk.ResampleImageFilter()
    resampler.SetNumberOfThreads(1)
    resampler.SetReferenceImage(reference)
    resampler.SetTransform(transform)
    resampler.SetInterpolator(sitk.sitkLinear)
    resampler.SetDefaultPixelValue(darkest)
    pixels = sitk.GetArrayFromImage(resampler.Execute(moving))
    progress(0.6, "resampling the prior")
    resampler.SetDefaultPixelValue(0.0)
    inside = sitk.Image(moving.GetSize(), sitk.sitkFloat32) + 1.0
    inside.CopyInformation(moving)
    outside = sitk.GetArrayFromImage(resampler.Execute(inside)) < 0.5
    pixels = _as_bright_as(pixels, outside, series)
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
    return replace(
        prior_series,
        uid=f"prior-registered-{digest}",
        description=DESCRIPTION,
        pixels=pixels,
        geometry=series.geometry,
        spacing=series.spacing,
        slice_thickness=None,
        files=(),
        sop_instance_uids=(None,) * series.slices,
        frame_numbers=(),
        inverted=series.inverted,
        window=series.window,
        frame_of_reference_uid=series.frame_of_reference_uid,
        notes=(*prior_series.notes, Note(Severity.INFO, RESAMPLED)),
        not_gradable="a resampled series",
        padding=outside if outside.any() and not outside.all() else None,
        synthetic=prior_series.synthetic,
    )


def _as_bright_as(
    pixels: npt.NDArray[np.float32], outside: npt.NDArray[np.bool_], series: Series
) -> npt.NDArray[np.float32]:
    """``pixels``, brighter is larger, scaled to the stored values of ``series``: linked panes share one window."""
    low, high = np.percentile(pixels[~outside], (DARK, BRIGHT)) if not outside.all() else (0.0, 1.0)
    shown = np.stack([series.display_slice(index) for index in range(series.slices)])
    lower, upper = np.percentile(shown[np.isfinite(shown)], (DARK, BRIGHT))
    factor = (upper - lower) / (high - low) if high > low else 1.0
    scaled = ((pixels - low) * factor + lower).astype(np.float32)
    return np.asarray(-scaled if series.inverted else scaled, dtype=np.float32)
