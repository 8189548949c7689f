"""Deletion and insertion: does the answer follow the map?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import integrate, special

from spine_core.comparison.metrics.fills import hidden_picture
from spine_core.comparison.metrics.grid import strongest_first, to_grid
from spine_core.comparison.types import Curve, Faithfulness
from spine_core.explanation.base import ScoreModel
from spine_core.explanation.perturbation.masked_scores import score_masked
from spine_core.explanation.perturbation.superpixels import blocks
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.progress import Progress

GRID = 24
"""Blocks per side that are hidden or shown as one. Single pixels would test for speckle rather than for anatomy."""

STEPS = 20
"""Steps of a curve: 5 % of the blocks each."""


@dataclass(frozen=True, eq=False)
class Ranked:
    """A map to be tested. ``draw`` counts the maps of a random control."""

    method: str
    map: npt.NDArray[np.float32]
    draw: int = 0


def faithfulness(
    maps: Sequence[Ranked],
    network: ScoreModel,
    image: DiscImage,
    target: Target,
    fill: str,
    seed: int,
    progress: Progress,
    steps: int = STEPS,
) -> tuple[Faithfulness, ...]:
    """Curves of every map, Petsiuk 2018 (arXiv 1806.07421), over blocks of ``GRID`` per side.

    Blocks are taken from the most positive mean relevance down; equal ones in a random order drawn from ``seed``,
    the same for all maps. All pictures of all maps are asked together, the two ends once. ``fill``: of
    ``fill.FILLS``. ``steps``: of each curve.
    """
    size = image.pixels.shape[-1]
    grid = min(GRID, size)
    steps = min(steps, grid * grid)
    counts = np.round(np.linspace(0, grid * grid, steps + 1)).astype(int)
    shown = np.concatenate([_ends(grid), *(_masks(one, grid, counts, seed) for one in maps)])
    fill_picture = hidden_picture(image.pixels, fill, seed)
    answers = score_masked(
        network, image.pixels, fill_picture, blocks(size, grid), shown, target, progress, "Testing the maps"
    )
    empty, full, rest = answers[0], answers[1], answers[2:].reshape(len(maps), 2, steps - 1)
    share = counts / (grid * grid)
    return tuple(
        Faithfulness(
            one.method,
            deletion=curve_of(share, np.concatenate([[full], inner[0], [empty]])),
            insertion=curve_of(share, np.concatenate([[empty], inner[1], [full]])),
            draw=one.draw,
        )
        for one, inner in zip(maps, rest, strict=True)
    )


def averaged(curves: Sequence[Faithfulness], method: str) -> Faithfulness:
    """The mean curves over all draws of one control. Raises ``ValueError`` where there is none."""
    chosen = [one for one in curves if one.method == method]
    if not chosen:
        msg = f"no curves of {method!r}"
        raise ValueError(msg)
    return Faithfulness(
        method, _mean([one.deletion for one in chosen]), _mean([one.insertion for one in chosen])
    )


def _ends(grid: int) -> npt.NDArray[np.bool_]:
    """Everything hidden, everything shown."""
    return np.repeat([[False], [True]], grid * grid, axis=1)


def _masks(ranked: Ranked, grid: int, counts: npt.NDArray[np.int_], seed: int) -> npt.NDArray[np.bool_]:
    """What is shown at the inner steps of the deletion and then of the insertion curve, (2 (steps - 1), blocks)."""
    order = strongest_first(to_grid(ranked.map, (grid, grid)), np.random.default_rng(seed))
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    inserted = place[None] < counts[1:-1, None]
    return np.concatenate([~inserted, inserted])


def curve_of(share: npt.NDArray[np.float64], log_odds: npt.NDArray[np.float64]) -> Curve:
    """The curve through these answers (N,) at these shares (N,), and the mean answer along the way."""
    probability = special.expit(log_odds)
    length = float(share[-1] - share[0])
    areas = (float(integrate.trapezoid(answers, share)) / length for answers in (log_odds, probability))
    return Curve(share, log_odds, probability, *areas)


def _mean(curves: Sequence[Curve]) -> Curve:
    return Curve(
        curves[0].fraction,
        np.mean([one.log_odds for one in curves], axis=0),
        np.mean([one.probability for one in curves], axis=0),
        float(np.mean([one.log_odds_auc for one in curves])),
        float(np.mean([one.probability_auc for one in curves])),
    )
