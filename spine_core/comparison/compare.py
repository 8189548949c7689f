"""Explanations of one finding tested against each other and against controls."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from spine_core.comparison.benchmark.stored import benchmark_warning
from spine_core.comparison.metrics.agreement.agreement import DRAWS, TOP, agreements
from spine_core.comparison.metrics.complexity.sparseness import sparseness
from spine_core.comparison.metrics.faithfulness.deletion_insertion import GRID, STEPS, Ranked, faithfulness
from spine_core.comparison.metrics.faithfulness.infidelity import SQUARES, infidelity
from spine_core.comparison.metrics.faithfulness.road import SHARES, road
from spine_core.comparison.metrics.fills import UNUSED
from spine_core.comparison.metrics.localisation.relevance_outside import measure_relevance_outside
from spine_core.comparison.metrics.localisation.structures import FIXED, finding_region, localisation
from spine_core.comparison.types import Comparison, Cost, Faithfulness, FindingRegion, Localisation
from spine_core.comparison.verdict import summary, verdict
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.controls.maps import blurred_random_map, edge_map, random_map
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import backend_of, resolve_backend
from spine_core.progress import Part, Progress, silent

CONTROL_DRAWS = 5
"""Random and blurred random maps each; with the edge map 11 controls, so a map that is itself random
beats all of them one time in twelve."""

FILL = "blur"
"""What hidden blocks are filled with, unless asked otherwise."""

UNUSED_STEPS = 10
"""Steps of the curves with the fill that no method uses: half of the others', since the controls take them too."""

PARTS = ((0.0, 0.56), (0.56, 0.27), (0.83, 0.11), (0.94, 0.05), (0.99, 0.01))
"""Start and length of each test, about what it takes: two fills, ROAD, infidelity, agreement."""


def compare(
    explanations: Sequence[Explanation],
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
    *,
    fill: str = FILL,
) -> Comparison:
    """Compares maps of one target on one picture, one per method.

    Raises ``ValueError`` where there is none, or where they explain different targets, levels or networks.
    """
    _check(explanations, network, image)
    network = resolve_backend(network)
    started = time.perf_counter()
    progress(0.0, "Comparing")
    target = explanations[0].target
    streams = np.random.default_rng(seed).spawn(2)
    maps = [Ranked(one.method, one.attribution) for one in explanations]
    controls = list(_controls(image, streams[0]))
    everything = [*maps, *controls]
    asked = (network, image, target)
    parts = [Part(progress, start, length) for start, length in PARTS]
    curves = faithfulness(everything, *asked, fill, seed, parts[0])
    refilled = faithfulness(everything, *asked, UNUSED, seed, parts[1], UNUSED_STEPS)
    removed = road(everything, *asked, seed, parts[2])
    unfaithful = infidelity(everything, *asked, fill, seed, parts[3])
    tests = [(one[: len(maps)], one[len(maps) :]) for one in (curves, refilled)]
    response = _response(curves)
    verdicts = tuple(
        verdict(
            one,
            [(own[number], others) for own, others in tests],
            response,
            benchmark_warning(network.id, one.method),
        )
        for number, one in enumerate(explanations)
    )
    pairs = agreements(explanations, streams[1], parts[4])
    place, own_places, control_places = _places(image, target.condition, maps, controls)
    progress(1.0, "Comparing")
    return Comparison(
        level=image.level,
        target=target,
        model=network.id,
        methods=tuple(one.method for one in explanations),
        target_score=float(curves[0].deletion.log_odds[0]),
        baseline_score=float(curves[0].deletion.log_odds[-1]),
        agreements=pairs,
        faithfulness=curves[: len(maps)],
        controls=curves[len(maps) :],
        localisation=own_places,
        control_localisation=control_places,
        finding_region=place,
        verdicts=verdicts,
        summary=summary(verdicts, pairs),
        settings=_settings(fill, image) | {"engine": backend_of(network)},
        seed=seed,
        seconds=time.perf_counter() - started,
        sparseness=tuple(sparseness(one) for one in everything),
        unused_baseline=refilled,
        road=removed,
        infidelity=unfaithful,
        costs=tuple(Cost(one.method, one.seconds, one.model_evaluations) for one in explanations),
        relevance_outside=measure_relevance_outside(everything, image),
        outside_fraction=image.outside_fraction,
    )


def _settings(fill: str, image: DiscImage) -> dict[str, float | int | str]:
    return {
        "fill": fill,
        "unused_fill": UNUSED,
        "blocks": min(GRID, image.pixels.shape[-1]),
        "steps": STEPS,
        "unused_fill_steps": UNUSED_STEPS,
        "road_shares": ", ".join(f"{share:.0%}" for share in SHARES),
        "infidelity_squares": SQUARES,
        "iou_threshold": FIXED,
        "control_draws": CONTROL_DRAWS,
        "chance_draws": DRAWS,
        "top": TOP,
    }


def _places(
    image: DiscImage, condition: str, maps: Sequence[Ranked], controls: Sequence[Ranked]
) -> tuple[FindingRegion | None, tuple[Localisation, ...], tuple[Localisation, ...]]:
    """Where the finding is, and where the methods' and the controls' relevance lies; nothing without anatomy."""
    if image.regions is None:
        return None, (), ()
    found = finding_region(image, condition)
    place, mask = (None, None) if found is None else found
    own, others = (
        tuple(one for one in (localisation(each, image.regions, mask) for each in some) if one is not None)
        for some in (maps, controls)
    )
    return place, own, others


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


def _controls(image: DiscImage, random: np.random.Generator) -> Iterator[Ranked]:
    size = image.pixels.shape[-1]
    for draw in range(CONTROL_DRAWS):
        yield Ranked("random", random_map(size, random), draw)
        yield Ranked("blurred_random", blurred_random_map(size, random), draw)
    yield Ranked("edges", edge_map(image.pixels))


def _response(curves: Sequence[Faithfulness]) -> float:
    """Range of all answers of the test, in log-odds."""
    return float(np.ptp([curve.log_odds for one in curves for curve in (one.deletion, one.insertion)]))
