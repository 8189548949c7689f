"""How sure the count of levels is: fits what the two opinions weigh, and measures what is flagged.

The localiser has seen the patients of folds 2-4 with their levels, so that its lead means something on folds 0 and 1
only: the weights are fitted on fold 1, and fold 0 tests them.
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
from spine_core.evaluation.types import Picture

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEAR = 0.5
"""Disc distances within which a disc found is the one that is marked there."""
SPREAD = 3.0
"""Standard deviation of the normal prior of every weight: fold 1 has few wrong counts, and none to one side."""


CUT_AT = (-0.6, 0.5)
"""Where a picture is cut, in disc distances above L5/S1: in the upper sacrum, or in L5, so that L5/S1 is missing."""
CUT_WEIGHT = 0.1
"""Of a cut picture in the fit: images without a sacrum are rare, but only they show counts that are one too low."""


@dataclass(frozen=True, eq=False)
class Counted:
    """One picture whose discs were counted. ``off``: true index of its discs less the one they were given; None where
    none of them lies near a mark, which is a wrong count too. ``leads``: as in ``anatomy.level_count.leads``.
    ``opinion``: log-probability of every count of ``BASES`` by the second opinion; ``base``: the one that was chosen.
    """

    source: str
    patient: str
    name: str
    off: int | None
    leads: Array
    opinion: Array
    base: int

    @property
    def agreed(self) -> bool:
        """Whether the second opinion alone would count as the labels do."""
        return self.off is not None and BASES[int(np.argmax(self.opinion))] == self.base + self.off

    @property
    def log_probability(self) -> float:
        """What the second opinion gives the labels' count."""
        true = self.base + self.off if self.off is not None else BASES.stop
        return float(self.opinion[BASES.index(true)]) if true in BASES else float(self.opinion.min())


def off_by(
    picture: Picture, places: Sequence[tuple[str, tuple[float, float], tuple[float, float]]]
) -> int | None:
    """True index less given index of the discs found, their median; None where no mark is near any.

    ``places``: level, centre and posterior edge of each disc found.
    """
    marks = [(i, d.center or d.posterior, d.center is not None) for i, d in enumerate(picture.discs)]
    known = [(i, mark, middle) for i, mark, middle in marks if mark is not None]
    if len(known) < 2:
        return None
    found = []
    for level, center, posterior in places:
        away = [np.hypot(*np.subtract(center if middle else posterior, mark)) for _, mark, middle in known]
        nearest = int(np.argmin(away))
        if away[nearest] < NEAR * picture.pitch:
            found.append(known[nearest][0] - (len(LEVELS) - 1 - LEVELS.index(level)))
    return int(np.median(found)) if found else None


def fit(counted: Sequence[Counted], cut: Sequence[Counted] = ()) -> Logit:
    """The weights with the highest posterior density under the prior of ``SPREAD``; neither opinion counts against.

    ``cut``: pictures without what lies below (``cut_below``), each of which weighs ``CUT_WEIGHT``. The limit stays 1.
    """
    from scipy.optimize import minimize

    own = [(c, w) for some, w in ((counted, 1.0), (cut, CUT_WEIGHT)) for c in some if c.off in OFF]
    seen = np.stack([c.leads for c, _ in own])
    true = np.array([OFF.index(c.off) for c, _ in own if c.off is not None])
    weigh = np.array([w for _, w in own])

    def cost(values: Array) -> float:
        shares = _logit(values)(seen)
        likelihood = weigh @ np.log(np.maximum(shares[np.arange(len(true)), true], 1e-12))
        return float(0.5 * (values**2).sum() / SPREAD**2 - likelihood)

    positive, any_sign = (0.0, None), (None, None)
    found = minimize(cost, np.array([1.0, 0.5, 0.0, 0.0]), bounds=[positive, positive, any_sign, any_sign])
    return _logit(np.round(found.x, 4))


def _logit(values: Array) -> Logit:
    localiser, counter, lower, higher = values.tolist()
    return Logit(localiser, counter, lower, higher, limit=1.0)


def cut_below(picture: Picture, rng: np.random.Generator) -> Picture | None:
    """``picture`` ending within the upper sacrum or L5, as an image does that misses the sacrum; marks stay."""
    points = [d.center or d.posterior for d in picture.discs[:2]]
    if len(points) < 2 or points[0] is None or points[1] is None:
        return None
    row = round(points[0][0] + float(rng.uniform(*CUT_AT)) * (points[1][0] - points[0][0]))
    return replace(picture, pixels=picture.pixels[:row])


def wrong(counted: Sequence[Counted], logit: Logit) -> Array:
    """Probability that each count is wrong, (n,)."""
    return 1.0 - logit(np.stack([c.leads for c in counted]))[:, OFF.index(0)]


def wrong_left_out(counted: Sequence[Counted], cut: Sequence[Counted]) -> Array:
    """The same with weights fitted without the patient's own pictures."""
    out = np.zeros(len(counted))
    for patient in sorted({(c.source, c.patient) for c in counted}):
        own = [i for i, c in enumerate(counted) if (c.source, c.patient) == patient]
        rest = [[c for c in some if (c.source, c.patient) != patient] for some in (counted, cut)]
        out[own] = wrong([counted[i] for i in own], fit(rest[0], rest[1]))
    return out


def limit_for(shares: Array, right: Flags, most: float) -> float:
    """The lowest limit at which no more than ``most`` of the right counts are flagged."""
    order = np.sort(shares[right])[::-1]
    allowed = int(np.floor(most * len(order)))
    return round(float((order[allowed - 1] if allowed else 1.0) + order[allowed]) / 2, 4)


@dataclass(frozen=True)
class Flagged:
    """How many wrong and right counts were flagged, with 95 % Wilson intervals over pictures.

    A bootstrap has none where nothing is flagged. T1 and T2 of a patient resemble each other: the true ones are wider.
    """

    what: str
    pictures: int
    patients: int
    wrong: int
    wrong_flagged: int
    wrong_low: float
    wrong_high: float
    right: int
    right_flagged: int
    right_low: float
    right_high: float


def flagged(what: str, counted: Sequence[Counted], flags: Flags) -> Flagged:
    """``flags``: which counts are called uncertain, (n,)."""
    return _flagged(what, counted, np.array([c.off != 0 for c in counted]), flags)


def own_errors(what: str, counted: Sequence[Counted], most: float) -> Flagged:
    """The second opinion alone: how many of its own wrong counts it is unsure of.

    Unsure are those whose likeliest count is the least likely; as many right ones as ``most`` allows are flagged too.
    """
    bad = np.array([not c.agreed for c in counted])
    unsure = np.array([1 - np.exp(c.opinion.max()) for c in counted])
    return _flagged(what, counted, bad, unsure >= limit_for(unsure, ~bad, most))


def _flagged(what: str, counted: Sequence[Counted], bad: Flags, flags: Flags) -> Flagged:
    patients = len({(c.source, c.patient) for c in counted})
    ends = [(int(flags[of].sum()), int(of.sum())) for of in (bad, ~bad)]
    (hits, wrongs), (alarms, rights) = ends
    return Flagged(
        what, len(counted), patients,
        wrongs, hits, *wilson(hits, wrongs), rights, alarms, *wilson(alarms, rights),
    )  # fmt: skip


@dataclass(frozen=True)
class Agreed:
    """How often the second opinion alone counts as the labels do, with a 95 % bootstrap interval over patients.

    ``log_loss``: mean negative log-probability of the labels' count.
    """

    source: str
    pictures: int
    patients: int
    agreed: int
    share: float
    low: float
    high: float
    log_loss: float


def agreement(counted: Sequence[Counted]) -> list[Agreed]:
    """By set, then of all together; without those whose true count is not known."""
    counted = [c for c in counted if c.off is not None]
    sources = sorted({c.source for c in counted})
    groups = [(source, [c for c in counted if c.source == source]) for source in sources]
    return [_agreed(source, own) for source, own in [*groups, ("all", list(counted))]]


def _agreed(source: str, counted: Sequence[Counted]) -> Agreed:
    patients = np.array([f"{c.source} {c.patient}" for c in counted])
    hits = np.array([c.agreed for c in counted], dtype=float)
    low, high = interval(patients, lambda rows: float(hits[rows].mean()))
    lost = -float(np.mean([c.log_probability for c in counted]))
    return Agreed(
        source, len(counted), len(set(patients)), int(hits.sum()), float(hits.mean()), low, high, lost
    )
