"""Deletion and insertion: does the network's score follow the map? Petsiuk 2018, arXiv 1806.07421."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import integrate, special

from spine_core.comparison.metrics.base import (
    Curve,
    CurveFacts,
    Direction,
    EvaluatedMap,
    MapMetric,
    Metric,
    MetricContext,
    MetricResult,
    Property,
)
from spine_core.explanation.perturbation.baselines import UNUSED_BASELINE, metric_baseline
from spine_core.explanation.perturbation.masked_scores import score_masked
from spine_core.progress import Progress

STEPS = 20
"""Steps of a curve: 5 % of the blocks each."""

UNUSED_BASELINE_STEPS = 10
"""Steps of the curves with the unused baseline: half as many, since the controls need them as well."""

DELETION = Metric(
    "deletion",
    "Deletion AUC",
    Direction.LOWER,
    Property.FAITHFULNESS,
    "Petsiuk et al. 2018, arXiv 1806.07421; here of log-odds, over blocks",
    "Masked images are unlike any that the network was trained on; compare with the controls, never alone.",
    curve=CurveFacts(
        "Deletion",
        "masked",
        "The most relevant parts are masked first. A faithful map falls faster than the bands.",
    ),
)

INSERTION = Metric(
    "insertion",
    "Insertion AUC",
    Direction.HIGHER,
    Property.FAITHFULNESS,
    "Petsiuk et al. 2018, arXiv 1806.07421; here of log-odds, over blocks",
    "Depends on the baseline that replaces masked parts; compare with the controls, never alone.",
    curve=CurveFacts(
        "Insertion",
        "shown",
        "The most relevant parts are shown first. A faithful map rises sooner than the bands.",
    ),
)


class DeletionInsertion(MapMetric):
    """Curves of every map over the context's blocks, in descending order of mean relevance.

    Blocks of equal relevance are in a random order by the seed, the same for all maps. The results' ``variant`` is the
    baseline, their value the area under the log-odds.
    """

    metrics = (DELETION, INSERTION)

    def __init__(self, baseline: str | None = None, steps: int = STEPS, work: float = 0.56) -> None:
        """``baseline``: the context's unless given. ``steps``: of each curve."""
        self._baseline, self._steps, self.work = baseline, steps, work

    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """Two results per map: deletion and insertion."""
        pixels, count = context.image.pixels, context.side**2
        variant = self._baseline or context.baseline
        steps = min(self._steps, count)
        counts = np.round(np.linspace(0, count, steps + 1)).astype(int)
        shown = np.concatenate([_ends(count), *(_masks(context.ranking(one), counts) for one in maps)])
        # All images of all maps are scored together, the two ends once, so that batches are full.
        scores = score_masked(
            context.network,
            pixels,
            context.masked if self._baseline is None else metric_baseline(pixels, variant, context.seed),
            context.blocks,
            shown,
            context.target,
            progress,
            "Deletion and insertion",
        )
        empty, full, rest = scores[0], scores[1], scores[2:].reshape(len(maps), 2, steps - 1)
        fraction = counts / count
        out = []
        for one, inner in zip(maps, rest, strict=True):
            deletion = curve_of(fraction, np.concatenate([[full], inner[0], [empty]]))
            insertion = curve_of(fraction, np.concatenate([[empty], inner[1], [full]]))
            out += [
                one.result(metric, curve.log_odds_auc, variant=variant, curve=curve)
                for metric, curve in ((DELETION, deletion), (INSERTION, insertion))
            ]
        return tuple(out)

    def settings(self, context: MetricContext) -> Mapping[str, float | int | str]:
        """Baseline, blocks per side and steps."""
        if self._baseline is None:
            return {
                "baseline": context.baseline,
                "blocks": context.side,
                "steps": self._steps,
            }
        return {"unused_baseline": self._baseline, "unused_baseline_steps": self._steps}


WITH_UNUSED_BASELINE = DeletionInsertion(UNUSED_BASELINE, UNUSED_BASELINE_STEPS, work=0.27)
"""The same metric with a baseline that no method uses, so that no map benefits from a shared baseline."""


def _ends(count: int) -> npt.NDArray[np.bool_]:
    """The masks with all blocks masked and with all shown, (2, blocks)."""
    return np.repeat([[False], [True]], count, axis=1)


def _masks(order: npt.NDArray[np.intp], counts: npt.NDArray[np.int_]) -> npt.NDArray[np.bool_]:
    """Blocks shown at the inner steps of the deletion and then the insertion curve, (2 (steps - 1), blocks)."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    inserted = place[None] < counts[1:-1, None]
    return np.concatenate([~inserted, inserted])


def curve_of(fraction: npt.NDArray[np.float64], log_odds: npt.NDArray[np.float64]) -> Curve:
    """The curve through these scores (N,) at these fractions (N,), and the areas under it."""
    probability = special.expit(log_odds)
    length = float(fraction[-1] - fraction[0])
    areas = (float(integrate.trapezoid(scores, fraction)) / length for scores in (log_odds, probability))
    return Curve(fraction, log_odds, probability, *areas)
