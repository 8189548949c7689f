"""Error of the measurements: on the segmenter's outlines, minus on reference outlines of the same discs and slices.

Limits of agreement after Bland and Altman 1986; the slices of a patient are resampled together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.measurements import FEATURES, LENGTHS, Measurements
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.types import LabelledImage
from spine_core.explanation.concepts.measured_values import BY_NAME
from spine_core.explanation.concepts.measurement_model import MeasurementError
from spine_core.grading.crops.sagittal import disc_image, structure_regions
from spine_core.grading.measure import measure_disc
from spine_core.networks.registry import Bundle
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.spider import SPACE_MM

Array = npt.NDArray[np.float64]
LIMITS = 1.96
"""Half the limits of agreement in standard deviations."""
EVERY = 2
"""Of the slices that are measured, one in so many."""


@dataclass(frozen=True)
class MeasuredTwice:
    """One disc on one slice, measured on the segmenter's outlines and on the reference's, in inter-disc distances.

    ``inter_disc_mm``: of the disc, which is the same for both.
    """

    patient: str
    level: str
    segmented: Measurements
    reference: Measurements
    inter_disc_mm: float


def measure_twice(images: Sequence[LabelledImage], bundle: Bundle) -> Iterator[MeasuredTwice]:
    """The discs that are detected on every second slice with a reference mask, which are 1 mm apart.

    Only where the reference shows the canal next to the disc: the product measures on the slice that shows a disc best.
    """
    preprocessing = bundle.grader.preprocessing
    for image in sorted(images, key=lambda one: one.name)[::EVERY]:
        if image.mask is None:
            continue
        series = series_of(image)
        anatomy = bundle.detect_and_segment(series)
        for disc in anatomy.discs:
            seen = disc_image(preprocessing, disc, {"t2": series}, anatomy.masks)
            regions = structure_regions(preprocessing, disc, series, {disc.slice_index: image.mask})
            reference = measure_disc(replace(seen, regions=regions), preprocessing, series)
            if reference.canal_diameter is not None:
                segmented = measure_disc(seen, preprocessing, series)
                inter_disc_mm = disc.inter_disc_px * SPACE_MM
                yield MeasuredTwice(image.patient, disc.level, segmented, reference, inter_disc_mm)


def measurement_errors(discs: Sequence[MeasuredTwice]) -> dict[str, MeasurementError]:
    """The error of each measurement; those that fewer than two discs have are left out."""
    found = {name: _error(discs, name) for name in FEATURES}
    return {name: one for name, one in found.items() if one is not None}


def _error(discs: Sequence[MeasuredTwice], name: str) -> MeasurementError | None:
    known = [one for one in discs if getattr(one.reference, name) is not None]
    both = [one for one in known if getattr(one.segmented, name) is not None]
    if len(both) < 2:
        return None
    differences = np.array([getattr(one.segmented, name) - getattr(one.reference, name) for one in both])
    shown = differences * np.array([one.inter_disc_mm for one in both]) if name in LENGTHS else differences
    patients = np.array([one.patient for one in both])
    figures = agreement_limits(shown, patients)
    return MeasurementError(
        unit="mm" if name in LENGTHS else BY_NAME[name].unit,
        **figures,
        model_sd=round(float(differences.std(ddof=1)), 6),
        discs=len(both),
        patients=len(set(patients)),
        missed=len(known) - len(both),
    )


def agreement_limits(differences: Array, patients: npt.NDArray[np.str_]) -> Mapping[str, float]:
    """Bias and limits of agreement of ``differences`` (N,), each with its 95 % interval over ``patients`` (N,)."""
    figures: dict[str, float] = {}
    for name, shift in (("bias", 0.0), ("lower", -LIMITS), ("upper", LIMITS)):

        def statistic(rows: npt.NDArray[np.int64], shift: float = shift) -> float:
            own = differences[rows]
            return float(own.mean() + shift * own.std(ddof=1))

        low, high = interval(patients, statistic)
        figures |= {name: statistic(np.arange(len(differences))), f"{name}_low": low, f"{name}_high": high}
    return {name: round(value, 6) for name, value in figures.items()}
