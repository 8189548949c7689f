"""Agreement of two maps, with the level that is expected by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from spine_core.comparison.metrics.base import Direction, Metric, MetricResult, Property
from spine_core.comparison.metrics.grid import strongest_first, to_grid
from spine_core.explanation.base import Explanation
from spine_core.explanation.controls.maps import blurred_random_map
from spine_core.progress import Progress, silent

Map = npt.NDArray[np.floating]

TOP = 0.1
"""Fraction of cells that count as strongest."""

DRAWS = 100
"""Number of blurred random maps for the chance level."""

QUANTILE = 0.95
"""Quantile of the random maps' values that is the chance level."""

FINEST = 48
"""Largest number of cells per side: four pixels of the network's input each, about a millimetre. Finer detail of maps
is speckle, and the chance level would take a minute."""

WINDOWS = (3, 7)
"""Smallest and largest side of SSIM's window, in cells; 7 is usual, but too large for coarse grids."""


RANK_CORRELATION = Metric(
    "rank_correlation",
    "Rank correlation",
    Direction.HIGHER,
    Property.AGREEMENT,
    "Spearman 1904, doi 10.2307/1412159",
    "Two maps can agree and both be wrong; methods that measure different things may rightly differ.",
)

TOP_OVERLAP = Metric(
    "top_overlap",
    "Overlap of the top tenth (Dice)",
    Direction.HIGHER,
    Property.AGREEMENT,
    "Dice 1945, doi 10.2307/1932409",
    "Unrelated maps overlap by a tenth on average; on a coarse grid a single cell changes it a lot.",
)

SSIM = Metric(
    "ssim",
    "Structural similarity (SSIM)",
    Direction.HIGHER,
    Property.AGREEMENT,
    "Wang et al. 2004, doi 10.1109/TIP.2003.819861",
    "Two maps that are empty nearly everywhere are similar for that reason alone: compare with chance, never with 1.",
)

SIGN_AGREEMENT = Metric(
    "sign_agreement",
    "Sign agreement of the top tenth",
    Direction.HIGHER,
    Property.AGREEMENT,
    "Krishna et al. 2022, arXiv 2202.01602",
    "Only between maps with negative evidence; uses the largest tenth of cells only.",
)

AGREEMENT_METRICS = (RANK_CORRELATION, TOP_OVERLAP, SSIM, SIGN_AGREEMENT)


@dataclass(frozen=True)
class Agreement:
    """Agreement of the maps of two methods, or of two networks, on the coarser of their native grids.

    ``first``, ``second``: the names of the two. ``grid``: (rows, columns). ``evidence``: "signed", or "positive" where
    one of the maps has no negative evidence.
    ``rank_correlation``: Spearman's, -1 to 1. ``overlap``: Dice of the strongest tenth of cells, 0 to 1.
    ``chance_correlation``, ``chance_overlap``: 95 % quantile over blurred random maps.
    ``expected_overlap``: mean overlap of two unrelated maps. Values are None where one of the maps is empty.
    ``similarity``: SSIM of the maps, each scaled by its peak, -1 to 1; None on grids with fewer than 3 cells per side.
    ``sign_agreement``: fraction of the tenth of cells with the largest absolute values that both maps share with the
    same sign, 0 to 1; only between signed maps. Their chance levels: 95 % quantile over blurred random maps with the
    values of either map.
    """

    first: str
    second: str
    grid: tuple[int, int]
    evidence: str
    rank_correlation: float | None
    overlap: float | None
    chance_correlation: float | None
    chance_overlap: float | None
    expected_overlap: float
    similarity: float | None = None
    chance_similarity: float | None = None
    sign_agreement: float | None = None
    chance_sign_agreement: float | None = None

    @property
    def above_chance(self) -> bool | None:
        """Whether the rank correlation is above chance; None where it is unknown."""
        if self.rank_correlation is None or self.chance_correlation is None:
            return None
        return self.rank_correlation > self.chance_correlation

    @property
    def results(self) -> tuple[MetricResult, ...]:
        """One per metric that applies: no sign agreement unless both maps are signed."""
        values = (
            (RANK_CORRELATION, self.rank_correlation, self.chance_correlation),
            (TOP_OVERLAP, self.overlap, self.chance_overlap),
            (SSIM, self.similarity, self.chance_similarity),
            (SIGN_AGREEMENT, self.sign_agreement, self.chance_sign_agreement),
        )
        return tuple(
            MetricResult(metric, self.first, value, chance, other=self.second)
            for metric, value, chance in values
            if metric is not SIGN_AGREEMENT or self.evidence == "signed"
        )


def agreements(
    explanations: Sequence[Explanation],
    random: np.random.Generator,
    progress: Progress = silent,
    *,
    named: Callable[[Explanation], str] = attrgetter("method"),
) -> tuple[Agreement, ...]:
    """Agreement of every pair, in order. ``named``: name of an explanation. Raises ``Cancelled`` between pairs."""
    pairs = list(combinations(explanations, 2))
    if not pairs:
        return ()
    size = explanations[0].attribution.shape[-1]
    chance = [blurred_random_map(size, random) for _ in range(DRAWS)]
    found = []
    for number, (one, other) in enumerate(pairs):
        progress(number / len(pairs), "Comparing the maps")
        alike = agreement(one, other, chance, random)
        found.append(replace(alike, first=named(one), second=named(other)))
    progress(1.0, "Comparing the maps")
    return tuple(found)


def agreement(
    first: Explanation,
    second: Explanation,
    chance: Sequence[npt.NDArray[np.float32]],
    random: np.random.Generator,
) -> Agreement:
    """Compares two maps on the coarser of their native grids (per axis), at most ``FINEST`` cells per side.

    Where one of the maps has positive evidence only, the other's negative part is set to 0. ``chance``: random maps
    (size, size), each of which is compared with both maps. The Dice overlap of two unrelated sets of k among n cells
    has mean k / n. SSIM and sign agreement depend on a map's values, so the random maps get the values of the map that
    they replace.
    """
    grid = _common_grid(first, second)
    signed = first.signed and second.signed
    top = max(1, round(TOP * grid[0] * grid[1]))
    expected = top / (grid[0] * grid[1])
    evidence = "signed" if signed else "positive"
    maps = [to_grid(e.attribution if signed else np.maximum(e.attribution, 0), grid) for e in (first, second)]
    if first.is_empty or second.is_empty or any(np.ptp(one) == 0 for one in maps):
        return Agreement(first.method, second.method, grid, evidence, None, None, None, None, expected)
    noise = [to_grid(draw, grid) for draw in chance]
    chance_rank = [rank_correlation(one, draw) for one in maps for draw in noise]
    chance_overlap = [overlap(one, draw, top, random) for one in maps for draw in noise]
    matched = [(one, rank_match(draw, other)) for one, other in (maps, maps[::-1]) for draw in noise]
    similar = min(grid) >= WINDOWS[0]
    return Agreement(
        first=first.method,
        second=second.method,
        grid=grid,
        evidence=evidence,
        rank_correlation=rank_correlation(*maps),
        overlap=overlap(maps[0], maps[1], top, random),
        chance_correlation=_level(chance_rank),
        chance_overlap=_level(chance_overlap),
        expected_overlap=expected,
        similarity=similarity(maps[0], maps[1]) if similar else None,
        chance_similarity=_level([similarity(*pair) for pair in matched]) if similar else None,
        sign_agreement=sign_agreement(maps[0], maps[1], top, random) if signed else None,
        chance_sign_agreement=(
            _level([sign_agreement(one, other, top, random) for one, other in matched]) if signed else None
        ),
    )


def _common_grid(one: Explanation, other: Explanation) -> tuple[int, int]:
    rows, columns = (min(sides) for sides in zip(one.native_shape, other.native_shape, strict=True))
    return min(rows, FINEST), min(columns, FINEST)


def _level(draws: Sequence[float]) -> float:
    """The chance level: the ``QUANTILE`` of the random maps' values."""
    return float(np.quantile(draws, QUANTILE))


def rank_correlation(first: Map, second: Map) -> float:
    """Spearman's rank correlation of two maps of one shape, neither of them constant."""
    return float(stats.spearmanr(first.ravel(), second.ravel()).statistic)


def overlap(first: Map, second: Map, top: int, random: np.random.Generator) -> float:
    """Dice overlap of the ``top`` strongest cells of two maps, 0 to 1."""
    chosen = [set(strongest_first(one, random)[:top].tolist()) for one in (first, second)]
    return len(chosen[0] & chosen[1]) / top


def similarity(first: Map, second: Map) -> float:
    """Structural similarity of two maps of one shape, -1 to 1. Wang 2004, doi 10.1109/TIP.2003.819861.

    Each is scaled by its peak to 0 to 1, with 0 mapped to 0.5 where a map has negative values, since SSIM expects
    non-negative intensities.
    """
    from skimage.metrics import structural_similarity

    scaled = [one / np.abs(one).max() for one in (first, second)]
    if any((one < 0).any() for one in scaled):
        scaled = [(one + 1) / 2 for one in scaled]
    side = min(WINDOWS[1], *first.shape)
    found: Any = structural_similarity  # untyped
    return float(found(*scaled, win_size=side - 1 + side % 2, data_range=1.0))


def sign_agreement(first: Map, second: Map, top: int, random: np.random.Generator) -> float:
    """Fraction of the ``top`` cells with the largest absolute values that both maps share with the same sign: 0 to 1.

    Krishna 2022, arXiv 2202.01602.
    """
    chosen = [set(strongest_first(np.abs(one), random)[:top].tolist()) for one in (first, second)]
    both = list(chosen[0] & chosen[1])
    return float(np.sum(np.sign(first.ravel()[both]) == np.sign(second.ravel()[both])) / top)


def rank_match(ranks: Map, values: Map) -> Map:
    """A map with the values of ``values`` in the rank order of ``ranks``."""
    out = np.empty(values.size, dtype=np.float64)
    out[np.argsort(ranks, axis=None, kind="stable")] = np.sort(values, axis=None)
    return out.reshape(values.shape)


def map_similarity(one: Explanation, other: Explanation) -> float | None:
    """Rank correlation of two maps of one method on the coarser grid; None where either is constant."""
    grid = _common_grid(one, other)
    maps = [to_grid(each.attribution, grid) for each in (one, other)]
    return None if any(np.ptp(each) == 0 for each in maps) else rank_correlation(maps[0], maps[1])


def chance_similarity(explanation: Explanation, seed: int) -> float | None:
    """95 % quantile of the rank correlation of blurred random maps with the map; None for an empty map."""
    grid = _common_grid(explanation, explanation)
    own = to_grid(explanation.attribution, grid)
    if np.ptp(own) == 0:
        return None
    random = np.random.default_rng(seed)
    size = explanation.attribution.shape[-1]
    noise = [to_grid(blurred_random_map(size, random), grid) for _ in range(DRAWS)]
    return _level([rank_correlation(own, one) for one in noise])
