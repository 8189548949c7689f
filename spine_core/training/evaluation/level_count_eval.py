"""Uncertainty of the level names: fits the logit that combines both counts, and evaluates its flags.

The detector was trained on the patients of folds 2-4 with their levels, so its confidence is informative on folds 0 and
1 only: the logit is fitted on fold 1 and tested on fold 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.level_count import OFF, Logit
from spine_core.anatomy.level_counter import BASES
from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.proportion import wilson
from spine_core.evaluation.types import LabelledImage

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEAR = 0.5
"""Largest distance between a detection and the mark of the same disc, in inter-disc distances."""
PRIOR_SD = 3.0
"""Standard deviation of the normal prior of every weight: fold 1 has few wrong counts, all in one direction."""


CROP_RANGE = (-0.6, 0.5)
"""Where an image is cropped, in inter-disc distances above L5/S1: in the upper sacrum, or in L5 without L5/S1."""
CROP_WEIGHT = 0.1
"""Weight of a cropped image in the fit: images without sacrum are rare, but only they show counts that are too low."""


@dataclass(frozen=True, eq=False)
class CountedImage:
    """One image whose levels were counted.

    ``offset``: true minus assigned index of its discs; None if no disc is near a mark, which counts as wrong too.
    ``leads``: as in ``anatomy.level_count.leads``. ``opinion``: log-probability of every count in ``BASES`` by the
    level counter; ``base``: the count that was assigned.
    """

    source: str
    patient: str
    name: str
    offset: int | None
    leads: Array
    opinion: Array
    base: int

    @property
    def is_correct(self) -> bool:
        """Whether the level counter alone agrees with the labels."""
        return self.offset is not None and BASES[int(np.argmax(self.opinion))] == self.base + self.offset

    @property
    def log_probability(self) -> float:
        """Log-probability of the true count by the level counter."""
        true = self.base + self.offset if self.offset is not None else BASES.stop
        return float(self.opinion[BASES.index(true)]) if true in BASES else float(self.opinion.min())


def count_offset(
    image: LabelledImage, detections: Sequence[tuple[str, tuple[float, float], tuple[float, float]]]
) -> int | None:
    """Median of true minus assigned index of the detected discs; None if no disc is near a mark.

    ``detections``: level, centre and posterior edge of each disc, in pixels.
    """
    marks = [(i, d.center or d.posterior, d.center is not None) for i, d in enumerate(image.discs)]
    known = [(i, mark, middle) for i, mark, middle in marks if mark is not None]
    if len(known) < 2:
        return None
    result = []
    for level, center, posterior in detections:
        distances = [
            np.hypot(*np.subtract(center if middle else posterior, mark)) for _, mark, middle in known
        ]
        nearest = int(np.argmin(distances))
        if distances[nearest] < NEAR * image.inter_disc_px:
            result.append(known[nearest][0] - (len(LEVELS) - 1 - LEVELS.index(level)))
    return int(np.median(result)) if result else None


def fit_logit(counted: Sequence[CountedImage], cropped: Sequence[CountedImage] = ()) -> Logit:
    """Maximum a posteriori weights under the prior of ``PRIOR_SD``; neither count may have a negative weight.

    ``cropped``: images from ``crop_below``, each with the weight ``CROP_WEIGHT``. The limit stays 1.
    """
    from scipy.optimize import minimize

    examples = [
        (c, w) for some, w in ((counted, 1.0), (cropped, CROP_WEIGHT)) for c in some if c.offset in OFF
    ]
    features = np.stack([c.leads for c, _ in examples])
    true = np.array([OFF.index(c.offset) for c, _ in examples if c.offset is not None])
    weights = np.array([w for _, w in examples])

    def cost(values: Array) -> float:
        probabilities = _logit(values)(features)
        likelihood = weights @ np.log(np.maximum(probabilities[np.arange(len(true)), true], 1e-12))
        return float(0.5 * (values**2).sum() / PRIOR_SD**2 - likelihood)

    positive, any_sign = (0.0, None), (None, None)
    result = minimize(cost, np.array([1.0, 0.5, 0.0, 0.0]), bounds=[positive, positive, any_sign, any_sign])
    return _logit(np.round(result.x, 4))


def _logit(values: Array) -> Logit:
    detector, counter, lower, higher = values.tolist()
    return Logit(detector, counter, lower, higher, limit=1.0)


def crop_below(image: LabelledImage, rng: np.random.Generator) -> LabelledImage | None:
    """``image`` cropped within the upper sacrum or L5, as if the sacrum were outside the field of view."""
    points = [d.center or d.posterior for d in image.discs[:2]]
    if len(points) < 2 or points[0] is None or points[1] is None:
        return None
    row = round(points[0][0] + float(rng.uniform(*CROP_RANGE)) * (points[1][0] - points[0][0]))
    return replace(image, pixels=image.pixels[:row])


def error_probability(counted: Sequence[CountedImage], logit: Logit) -> Array:
    """Probability (n,) that each count is wrong."""
    return 1.0 - logit(np.stack([c.leads for c in counted]))[:, OFF.index(0)]


def out_of_patient_error_probability(
    counted: Sequence[CountedImage], cropped: Sequence[CountedImage]
) -> Array:
    """The same, with a logit that is fitted without the images of the patient."""
    out = np.zeros(len(counted))
    for patient in sorted({(c.source, c.patient) for c in counted}):
        rows = [i for i, c in enumerate(counted) if (c.source, c.patient) == patient]
        rest = [[c for c in some if (c.source, c.patient) != patient] for some in (counted, cropped)]
        out[rows] = error_probability([counted[i] for i in rows], fit_logit(rest[0], rest[1]))
    return out


def threshold_for(probabilities: Array, right: Flags, max_fraction: float) -> float:
    """The lowest limit that flags at most the fraction ``max_fraction`` of the correct counts."""
    order = np.sort(probabilities[right])[::-1]
    allowed = int(np.floor(max_fraction * len(order)))
    return round(float((order[allowed - 1] if allowed else 1.0) + order[allowed]) / 2, 4)


@dataclass(frozen=True)
class FlagRates:
    """Flagged wrong and right counts with 95 % Wilson intervals over images.

    A bootstrap interval has no width if nothing is flagged. T1 and T2 of a patient are correlated, so the true
    intervals are wider.
    """

    subject: str
    images: int
    patients: int
    wrong: int
    wrong_flagged: int
    wrong_low: float
    wrong_high: float
    right: int
    right_flagged: int
    right_low: float
    right_high: float


def flag_rates(subject: str, counted: Sequence[CountedImage], flags: Flags) -> FlagRates:
    """``flags``: which counts are flagged as uncertain, (n,)."""
    return _flag_rates(subject, counted, np.array([c.offset != 0 for c in counted]), flags)


def own_error_flags(subject: str, counted: Sequence[CountedImage], max_fraction: float) -> FlagRates:
    """Flags of the level counter alone: how many of its own errors it is uncertain about.

    A count is flagged if its largest probability is low; the limit flags the fraction ``max_fraction`` of the correct
    counts.
    """
    wrong = np.array([not c.is_correct for c in counted])
    unsure = np.array([1 - np.exp(c.opinion.max()) for c in counted])
    return _flag_rates(subject, counted, wrong, unsure >= threshold_for(unsure, ~wrong, max_fraction))


def _flag_rates(subject: str, counted: Sequence[CountedImage], wrong: Flags, flags: Flags) -> FlagRates:
    patients = len({(c.source, c.patient) for c in counted})
    flagged_counts = [(int(flags[of].sum()), int(of.sum())) for of in (wrong, ~wrong)]
    (hits, wrongs), (false_flags, rights) = flagged_counts
    return FlagRates(
        subject, len(counted), patients,
        wrongs, hits, *wilson(hits, wrongs), rights, false_flags, *wilson(false_flags, rights),
    )  # fmt: skip


@dataclass(frozen=True)
class CountAgreement:
    """Agreement of the level counter alone with the labels, with a 95 % bootstrap interval over patients.

    ``log_loss``: mean negative log-probability of the true count.
    """

    source: str
    images: int
    patients: int
    correct: int
    share: float
    low: float
    high: float
    log_loss: float


def count_agreement(counted: Sequence[CountedImage]) -> list[CountAgreement]:
    """By dataset, then overall; images without a known true count are ignored."""
    counted = [c for c in counted if c.offset is not None]
    sources = sorted({c.source for c in counted})
    groups = [(source, [c for c in counted if c.source == source]) for source in sources]
    return [_count_agreement(source, own) for source, own in [*groups, ("all", list(counted))]]


def _count_agreement(source: str, counted: Sequence[CountedImage]) -> CountAgreement:
    patients = np.array([f"{c.source} {c.patient}" for c in counted])
    hits = np.array([c.is_correct for c in counted], dtype=float)
    low, high = interval(patients, lambda rows: float(hits[rows].mean()))
    log_loss = -float(np.mean([c.log_probability for c in counted]))
    return CountAgreement(
        source, len(counted), len(set(patients)), int(hits.sum()), float(hits.mean()), low, high, log_loss
    )
