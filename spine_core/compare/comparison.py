"""Explanations of one finding tested against each other and against controls."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from spine_core.compare.agreement import DRAWS, TOP, agreements
from spine_core.compare.complexity import complexity
from spine_core.compare.faithfulness import GRID, STEPS, Ranked, faithfulness
from spine_core.compare.localisation import localisation
from spine_core.compare.model import Comparison, Cost, Faithfulness
from spine_core.compare.verdict import summary, verdict
from spine_core.explain.controls import blurred_random_map, edge_map, random_map
from spine_core.explain.model import Explanation, Scored
from spine_core.grading.engine import engine_of, settled
from spine_core.grading.model import DiscImage
from spine_core.progress import Progress, silent

CONTROL_DRAWS = 5
"""Random and blurred random maps each; with the edge map 11 controls, so a map that is itself random
beats all of them one time in twelve."""

FILL = "blur"
"""What hidden blocks are filled with, unless asked otherwise."""


def compare(
    explanations: Sequence[Explanation],
    network: Scored,
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
    network = settled(network)
    started = time.perf_counter()
    progress(0.0, "Comparing")
    target = explanations[0].target
    streams = np.random.default_rng(seed).spawn(2)
    maps = [Ranked(one.method, one.map) for one in explanations]
    controls = list(_controls(image, streams[0]))
    curves = faithfulness([*maps, *controls], network, image, target, fill, seed, progress)
    own, control_curves = curves[: len(maps)], curves[len(maps) :]
    response = _response(curves)
    verdicts = tuple(
        verdict(one, its_curves, control_curves, response)
        for one, its_curves in zip(explanations, own, strict=True)
    )
    pairs = agreements(explanations, streams[1])
    places = () if image.regions is None else [localisation(one, image.regions) for one in explanations]
    return Comparison(
        level=image.level,
        target=target,
        model=network.id,
        methods=tuple(one.method for one in explanations),
        answer=float(own[0].deletion.log_odds[0]),
        hidden_answer=float(own[0].deletion.log_odds[-1]),
        agreements=pairs,
        faithfulness=own,
        controls=control_curves,
        localisation=tuple(place for place in places if place is not None),
        verdicts=verdicts,
        summary=summary(verdicts, pairs),
        settings={
            "fill": fill,
            "blocks": min(GRID, image.pixels.shape[-1]),
            "steps": STEPS,
            "control_draws": CONTROL_DRAWS,
            "chance_draws": DRAWS,
            "top": TOP,
            "engine": engine_of(network),
        },
        seed=seed,
        seconds=time.perf_counter() - started,
        complexity=tuple(complexity(one) for one in (*maps, *controls)),
        costs=tuple(Cost(one.method, one.seconds, one.network_calls) for one in explanations),
    )


def _check(explanations: Sequence[Explanation], network: Scored, image: DiscImage) -> None:
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
