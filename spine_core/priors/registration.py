"""Rigid registration of a prior sagittal series to the current one: mutual information, started from the discs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spine_core.anatomy.types import Disc
from spine_core.priors.errors import NotRegistrable, Refusal
from spine_core.priors.matching import ORDER, LevelMatch, match_levels, positions
from spine_core.priors.overlap import covered, near_spine, sampled_points
from spine_core.priors.rigid import Array, Rigid, fit_spines
from spine_core.priors.volume import simpleitk, volume, with_grid
from spine_core.progress import Cancelled, Part, Progress, silent
from spine_core.study.types import Series

FEWEST_DISCS = 3
RESIDUAL_LIMIT_MM = 6.0
"""Largest RMS distance of the same discs that is accepted: a sixth of the usual distance between discs. What
phantoms examined twice have is stored with the repeat error. Discs are placed on slices, which are 4 mm apart."""

COARSE, FINE = 4, 2
"""Factors by which slices are reduced in plane at the two resolutions. Slices are never merged: they are thick."""

BINS = 40
ITERATIONS = {COARSE: 60, FINE: 150}
FRACTION = {COARSE: 0.5, FINE: 0.3}
"""Fraction of the voxels in reach that are sampled."""
SEED = 20
PREFERENCE = 1.1
"""Factor by which the mutual information of another level count must exceed that of the names: vertebrae are alike."""
KEPT = 0.8
"""Least part of the region that an alignment keeps of what its start found inside the prior."""
SHIFTS = (0, -1, 1)
"""Differences between the level names of the two readings that are tried, in levels."""


@dataclass(frozen=True, eq=False)
class Registration:
    """The prior in the coordinates of the current study.

    ``to_prior``: from the current study's LPS mm to the prior's. ``match``: the same discs, whose distances are the
    residual. ``series_uid``, ``prior_series_uid``: what was registered.
    """

    to_prior: Rigid
    match: LevelMatch
    series_uid: str
    prior_series_uid: str


def register(
    series: Series,
    discs: Sequence[Disc],
    prior_series: Series,
    prior_discs: Sequence[Disc],
    progress: Progress = silent,
) -> Registration:
    """Registers ``prior_series`` to ``series``, both sagittal stacks with their detected discs.

    Equal inputs give equal results: one thread, one seed. Raises ``NotRegistrable`` where positions or common discs
    are missing or the residual exceeds ``RESIDUAL_LIMIT_MM``, ``Cancelled`` when ``progress`` does.
    """
    progress(0.0, "preparing the volumes")
    volumes = volume(series), volume(prior_series)
    starts = _starts(discs, prior_discs)
    near = near_spine(series, tuple(discs))
    mask, points = with_grid(near, series), sampled_points(series, near)
    coarse, fine = (_at_resolution(*volumes, mask, factor) for factor in (COARSE, FINE))
    center = np.mean(list(positions(discs).values()), axis=0)
    tried = []
    for number, (shift, start) in enumerate(starts):
        part = Part(progress, 0.05 + 0.5 * number / len(starts), 0.5 / len(starts))
        found, metric = _aligned(coarse, start, center, part)
        # Mutual information of a few voxels is high by chance: an alignment must not slide out of the prior.
        if covered(points, found, prior_series) >= KEPT * covered(points, start, prior_series):
            tried.append((metric * (1.0 if shift else PREFERENCE), number, found))
    if not tried:
        raise NotRegistrable(Refusal.RESIDUAL)
    best = min(tried)[2]
    to_prior, _ = _aligned(fine, best, center, Part(progress, 0.55, 0.45))
    match = match_levels(discs, prior_discs, to_prior)
    if len(match.pairs) < FEWEST_DISCS or match.rms_mm > RESIDUAL_LIMIT_MM:
        raise NotRegistrable(Refusal.RESIDUAL)
    progress(1.0, "registered")
    return Registration(to_prior, match, series.uid, prior_series.uid)


def _starts(discs: Sequence[Disc], prior_discs: Sequence[Disc]) -> list[tuple[int, Rigid]]:
    """Fits of the discs by their names (shift 0), and as if one reading had counted one level differently."""
    own, prior = positions(discs), positions(prior_discs)
    if not own or not prior:
        raise NotRegistrable(Refusal.NO_POSITIONS)
    starts = []
    for shift in SHIFTS:
        renamed = {ORDER.index(level) + shift: at for level, at in prior.items()}
        common = [(at, renamed[i]) for level, at in own.items() if (i := ORDER.index(level)) in renamed]
        if len(common) >= FEWEST_DISCS:
            fit = fit_spines([one for one, _ in common], [other for _, other in common])
            starts.append((shift, fit))
    if not starts:
        raise NotRegistrable(Refusal.TOO_FEW_DISCS)
    return starts


@dataclass(frozen=True, eq=False)
class _Images:
    """What is aligned at one resolution. ``mask``: of the voxels of ``fixed`` in reach."""

    fixed: Any
    moving: Any
    mask: Any
    factor: int


def _at_resolution(fixed: Any, moving: Any, mask: Any, factor: int) -> _Images:
    shrunk = simpleitk().Shrink(mask, [factor, factor, 1])
    return _Images(_reduced(fixed, factor), _reduced(moving, factor), shrunk, factor)


def _aligned(images: _Images, start: Rigid, center: Array, progress: Progress) -> tuple[Rigid, float]:
    """The transform at one resolution, and its negative mutual information (smaller is better)."""
    sitk = simpleitk()
    transform = sitk.Euler3DTransform()
    transform.SetCenter(center.tolist())
    transform.SetMatrix(start.rotation.ravel().tolist(), 1e-6)
    transform.SetTranslation((start(center) - center).tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetNumberOfWorkUnits(1)
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(FRACTION[images.factor], SEED)
    method.SetMetricFixedMask(images.mask)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, ITERATIONS[images.factor], 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, True)
    cancelled = _watch(method, ITERATIONS[images.factor], progress)
    try:
        method.Execute(images.fixed, images.moving)
    except RuntimeError as error:
        # ITK's own text may quote values of the image; all samples outside the prior is the usual cause.
        raise NotRegistrable(Refusal.RESIDUAL) from error
    if cancelled:
        raise Cancelled
    rotation = np.array(transform.GetMatrix()).reshape(3, 3)
    moved = np.array(transform.TransformPoint(center.tolist()))
    return Rigid(rotation, moved - rotation @ center), float(method.GetMetricValue())


def _watch(method: Any, iterations: int, progress: Progress) -> list[bool]:
    """Reports each iteration; what it returns has an entry once a cancel was asked for."""
    sitk = simpleitk()
    cancelled: list[bool] = []

    def report() -> None:
        # An exception would not survive the way through C++.
        try:
            progress(min(1.0, method.GetOptimizerIteration() / iterations), "registering the prior")
        except Cancelled:
            cancelled.append(True)
            method.StopRegistration()

    method.AddCommand(sitk.sitkIterationEvent, report)
    return cancelled


def _reduced(image: Any, factor: int) -> Any:
    """The volume smoothed and reduced in plane."""
    sitk = simpleitk()
    columns, rows, _ = image.GetSpacing()
    smooth = image
    for axis, spacing in enumerate((columns, rows)):
        smooth = sitk.RecursiveGaussian(smooth, sigma=0.5 * factor * spacing, direction=axis)
    return sitk.Shrink(smooth, [factor, factor, 1])
