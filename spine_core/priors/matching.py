"""Discs of two registered studies that are the same disc, by their position and not by their name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import ABOVE, BELOW, LEVELS, Disc

NEAR = 0.5
"""Largest distance of two positions of one disc, in median distances between neighbouring discs."""

ORDER = (ABOVE, *LEVELS, BELOW)


@dataclass(frozen=True)
class DiscPair:
    """One disc in both studies. ``level``, ``prior_level``: its names. ``distance_mm``: after registration."""

    level: str
    prior_level: str
    distance_mm: float

    @property
    def shift(self) -> int:
        """Levels by which the prior's name must move caudally to agree; 0 where both names agree."""
        return ORDER.index(self.level) - ORDER.index(self.prior_level)


@dataclass(frozen=True)
class LevelMatch:
    """All discs that both studies show, from head to foot.

    ``unmatched``, ``prior_unmatched``: names of discs without a counterpart, in the current and in the prior study.
    """

    pairs: tuple[DiscPair, ...]
    unmatched: tuple[str, ...] = ()
    prior_unmatched: tuple[str, ...] = ()

    @property
    def proposed_shift(self) -> int:
        """Levels by which all names of the prior must move caudally (+) to agree; 0 where they agree.

        The shift of most pairs: one disc that was placed wrongly does not rename the spine.
        """
        shifts = Counter(pair.shift for pair in self.pairs)
        return max(shifts, key=lambda shift: (shifts[shift], -abs(shift)), default=0)

    @property
    def names_agree(self) -> bool:
        """Whether every disc has the same name in both studies."""
        return all(pair.shift == 0 for pair in self.pairs)

    @property
    def rms_mm(self) -> float:
        """Root mean square of the distances; nan without pairs."""
        return float(np.sqrt(np.mean([pair.distance_mm**2 for pair in self.pairs]))) if self.pairs else np.nan

    @property
    def max_mm(self) -> float:
        """Largest distance; nan without pairs."""
        return max((pair.distance_mm for pair in self.pairs), default=np.nan)

    def prior_level(self, level: str) -> str | None:
        """The prior's name of the disc that the current study calls ``level``; None without a counterpart."""
        return next((pair.prior_level for pair in self.pairs if pair.level == level), None)


def match_levels(
    discs: Sequence[Disc],
    prior_discs: Sequence[Disc],
    to_prior: Callable[[npt.ArrayLike], npt.NDArray[np.float64]],
) -> LevelMatch:
    """Pairs each disc with the nearest prior disc, where each is the other's nearest and they are ``NEAR``.

    ``to_prior``: from the current study's LPS mm to the prior's. Discs without position (``center_mm``) are left out.
    """
    own, prior = positions(discs), positions(prior_discs)
    if not own or not prior:
        return LevelMatch((), tuple(own), tuple(prior))
    moved = to_prior(np.array(list(own.values())))
    away = np.linalg.norm(moved[:, None] - np.array(list(prior.values()))[None], axis=2)
    limit = NEAR * _inter_disc_mm(list(prior.values()) if len(prior) > 1 else list(own.values()))
    levels, prior_levels = list(own), list(prior)
    pairs = [
        DiscPair(levels[i], prior_levels[j], float(away[i, j]))
        for i, j in enumerate(away.argmin(axis=1))
        if away[:, j].argmin() == i and away[i, j] <= limit
    ]
    pairs.sort(key=lambda pair: ORDER.index(pair.level))
    matched, prior_matched = {pair.level for pair in pairs}, {pair.prior_level for pair in pairs}
    return LevelMatch(
        tuple(pairs),
        tuple(level for level in levels if level not in matched),
        tuple(level for level in prior_levels if level not in prior_matched),
    )


def positions(discs: Sequence[Disc]) -> dict[str, tuple[float, float, float]]:
    """LPS mm by level, from head to foot; without discs that have no finite position."""
    known = {disc.level: disc.center_mm for disc in discs if disc.center_mm is not None}
    finite = {level: at for level, at in known.items() if np.isfinite(at).all()}
    return {level: finite[level] for level in ORDER if level in finite}


def _inter_disc_mm(centers: Sequence[tuple[float, float, float]]) -> float:
    """Median distance between neighbouring discs, from head to foot; without limit for a single disc."""
    if len(centers) < 2:
        return float("inf")
    return float(np.median(np.linalg.norm(np.diff(np.array(centers), axis=0), axis=1)))
