"""Explanations of one finding tested against each other and against controls."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from spine_core.comparison.benchmark.stored import benchmark_warning
from spine_core.comparison.metrics.agreement.agreement import DRAWS, TOP, agreements
from spine_core.comparison.metrics.base import EvaluatedMap, MapMetric, MetricContext, MetricResult, select
from spine_core.comparison.metrics.cost import costs
from spine_core.comparison.metrics.faithfulness.deletion_insertion import DELETION
from spine_core.comparison.metrics.registry import MAP_METRICS
from spine_core.comparison.types import Comparison, PartialComparison
from spine_core.comparison.verdict import summary, verdicts
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.controls.maps import blurred_random_map, edge_map, random_map
from spine_core.explanation.perturbation.masked_scores import score_grades
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import backend_of, resolve_backend
from spine_core.progress import Part, Progress, publish, silent

CONTROL_DRAWS = 5
"""Number of random and of blurred random maps. With the edge map there are 11 controls, so a random map beats all of
them with probability 1/12."""

CONTROL_MAPS = (
    *((name, draw) for draw in range(CONTROL_DRAWS) for name in ("random", "blurred_random")),
    ("edges", 0),
)
"""Name and draw of every control, in the order in which they are drawn."""

BASELINE = "blur"
"""Default baseline of masked blocks."""

AGREEMENT_WORK = 0.01
"""Fraction of the time for agreement."""


def compare(
    explanations: Sequence[Explanation],
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
    *,
    baseline: str = BASELINE,
) -> Comparison:
    """Compares maps of one target on one image, one per method.

    ``baseline``: one of ``baselines.BASELINES``. ``progress`` is handed a ``PartialComparison`` whenever more is known.
    Raises ``ValueError`` for no maps, several maps of one method, or maps of different targets, levels or networks;
    ``Cancelled`` when ``progress`` does.
    """
    _check(explanations, network, image)
    network = resolve_backend(network)
    started = time.perf_counter()
    progress(0.0, "Comparing")
    target = explanations[0].target
    _, chance_random = np.random.default_rng(seed).spawn(2)
    maps = [EvaluatedMap(one.method, one.attribution) for one in explanations]
    maps += control_maps(image, seed)
    context = MetricContext(network, image, target, baseline, seed)
    methods = tuple(one.method for one in explanations)
    pairs = agreements(explanations, chance_random, Part(progress, 0.0, AGREEMENT_WORK))
    known = PartialComparison(methods, (), pairs, None if context.region is None else context.region[0])
    results = _evaluate(maps, context, known, Part(progress, AGREEMENT_WORK, 1 - AGREEMENT_WORK))
    benchmark_warnings = {one.method: benchmark_warning(network.id, one.method) for one in explanations}
    found = verdicts(explanations, results, benchmark_warnings)
    score, masked = _ends(results, baseline)
    grades = score_grades(network, [image.pixels], target.output, Part(progress, 1.0, 0.0), "Comparing")
    progress(1.0, "Comparing")
    return Comparison(
        level=image.level,
        target=target,
        model=network.id,
        methods=methods,
        target_score=score,
        baseline_score=masked,
        probabilities={grade: float(special.expit(scores[0])) for grade, scores in grades.items()},
        results=(*results, *costs(explanations)),
        agreements=pairs,
        verdicts=found,
        summary=summary(found, pairs),
        settings=_settings(context) | {"backend": backend_of(network)},
        seed=seed,
        seconds=time.perf_counter() - started,
        finding_region=known.finding_region,
        outside_fraction=image.outside_fraction,
    )


def _evaluate(
    maps: Sequence[EvaluatedMap], context: MetricContext, known: PartialComparison, progress: Progress
) -> list[MetricResult]:
    """The results of all metrics, in their order; evaluated and handed to ``progress`` from quick to slow."""
    total = sum(metric.work for metric in MAP_METRICS)
    found: dict[MapMetric, tuple[MetricResult, ...]] = {}
    done = 0.0
    for metric in sorted(MAP_METRICS, key=lambda one: one.work):
        publish(progress, replace(known, results=_in_order(found)))
        fraction = metric.work / total
        found[metric] = metric.evaluate(maps, context, Part(progress, done, fraction))
        done += fraction
    return list(_in_order(found))


def _in_order(found: Mapping[MapMetric, tuple[MetricResult, ...]]) -> tuple[MetricResult, ...]:
    return tuple(result for metric in MAP_METRICS for result in found.get(metric, ()))


def _settings(context: MetricContext) -> dict[str, float | int | str]:
    out: dict[str, float | int | str] = {}
    for metric in MAP_METRICS:
        out |= metric.settings(context)
    return out | {"control_draws": CONTROL_DRAWS, "chance_draws": DRAWS, "top": TOP}


def _ends(results: Sequence[MetricResult], baseline: str) -> tuple[float, float]:
    """Log-odds of the unmasked image and of the fully masked one."""
    curve = select(results, DELETION, variant=baseline)[0].curve
    assert curve is not None
    return float(curve.log_odds[0]), float(curve.log_odds[-1])


def _check(explanations: Sequence[Explanation], network: ScoreModel, image: DiscImage) -> None:
    if not explanations:
        msg = "there is no explanation to compare"
        raise ValueError(msg)
    if len({one.target for one in explanations}) > 1:
        msg = "explanations of different grades cannot be compared"
        raise ValueError(msg)
    if len({one.method for one in explanations}) < len(explanations):
        msg = "a comparison takes one explanation per method"
        raise ValueError(msg)
    for one in explanations:
        if one.level != image.level or one.model != network.id:
            msg = f"the explanation by {one.method} is of another level or another network"
            raise ValueError(msg)


def control_maps(image: DiscImage, seed: int = 0) -> Iterator[EvaluatedMap]:
    """The controls of a comparison with this seed, in the order of ``CONTROL_MAPS``."""
    random, _ = np.random.default_rng(seed).spawn(2)
    size = image.pixels.shape[-1]
    draw_one = {
        "random": lambda: random_map(size, random),
        "blurred_random": lambda: blurred_random_map(size, random),
        "edges": lambda: edge_map(image.pixels),
    }
    for name, draw in CONTROL_MAPS:
        yield EvaluatedMap(name, draw_one[name](), draw, is_control=True)
