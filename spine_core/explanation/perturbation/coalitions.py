"""Sampling of kernel SHAP's coalitions: without repetition, stratified by size, and by sequential D-optimal design."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

import numpy as np
import numpy.typing as npt

Shown = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Values = npt.NDArray[np.float64]

CANDIDATES = 4
"""Candidates drawn for each coalition. Two save an eighth of the model evaluations, four a fifth, eight a quarter."""

PRIOR = 1e-3
"""Prior precision of every segment's value, in coalitions: just enough to make the Gram matrix invertible."""


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Pairs of a coalition and its complement, in the order of evaluation.

    ``shown``: one coalition of each pair, (pairs, segments), True where a segment is shown. ``exhaustive``: number of
    pairs at the beginning that enumerate all coalitions of their sizes; the others are sampled. ``kernel_weights``:
    (pairs,), see ``weights``.
    """

    shown: Shown
    exhaustive: int
    kernel_weights: Values

    def weights(self, rows: Rows) -> Values:
        """Regression weights (N,) of the pairs ``rows`` (N,), which contain each of the ``exhaustive`` pairs once.

        Each size has the total weight that the Shapley kernel gives to all its coalitions, however many were drawn.
        """
        drawn = rows >= self.exhaustive
        return self.kernel_weights[rows] / np.where(drawn, drawn.sum(), 1)


def coalitions(number: int, count: int, random: np.random.Generator) -> Coalitions:
    """Samples ``number`` different pairs of coalitions over ``count`` segments.

    All sizes are sampled equally often, in rounds, as leverage score sampling requires (Musco and Witter 2024, arXiv
    2410.01917; sampling by the Shapley kernel would mostly repeat single segments). Sizes with no more coalitions than
    would be drawn are enumerated first. Of ``CANDIDATES`` coalitions the one with the highest leverage is taken
    (sequential D-optimal design, Wynn 1970, doi 10.1214/aoms/1177696809). Within a size every coalition is equally
    likely. Raises ``ValueError`` where there are fewer than ``number`` pairs.
    """
    if number > 2 ** (count - 1) - 1:
        msg = f"{count} segments have {2 ** (count - 1) - 1} pairs of coalitions, not {number}"
        raise ValueError(msg)
    # The complement of a coalition of half the segments has the same size.
    available = {size: comb(count, size) // (1 + (2 * size == count)) for size in range(1, count // 2 + 1)}
    rows: list[Shown] = []
    open_sizes = sorted(available, key=lambda size: available[size])
    while open_sizes and available[open_sizes[0]] <= (number - len(rows)) / len(open_sizes):
        size = open_sizes.pop(0)
        rows += [
            _row_of(members, count) for members in islice(combinations(range(count), size), available[size])
        ]
    exhaustive = len(rows)
    design = _Design(count)
    for row in rows:
        design.add(row)
    seen = {row.tobytes() for row in rows}
    while len(rows) < number:
        for size in random.permutation(open_sizes)[: number - len(rows)]:
            row = design.highest_leverage(
                [_new_row(int(size), count, seen, random) for _ in range(CANDIDATES)]
            )
            design.add(row)
            seen |= {row.tobytes(), (~row).tobytes()}
            rows.append(row)
    shown = np.array(rows)
    sizes = shown.sum(axis=1)
    kernel = (1 + (2 * sizes != count)) / (sizes * (count - sizes))
    multiplicity = np.full(number, float(len(open_sizes)))
    multiplicity[:exhaustive] = [1 / available[size] for size in sizes[:exhaustive].tolist()]
    return Coalitions(shown, exhaustive, kernel * multiplicity)


class _Design:
    """Inverse of the Gram matrix of the coalitions so far, (segments, segments)."""

    def __init__(self, count: int) -> None:
        self._inverse = np.eye(count) / PRIOR

    def highest_leverage(self, candidates: list[Shown]) -> Shown:
        """The candidate with the highest leverage; complements have the same leverage."""
        directions = _directions(np.array(candidates))
        leverage = ((directions @ self._inverse) * directions).sum(axis=1)
        # Ties take the first: differences by rounding would prefer some segments.
        return candidates[int(leverage.round(6).argmax())]

    def add(self, row: Shown) -> None:
        """Adds ``row`` to the design, by the Sherman-Morrison formula."""
        direction = _directions(row[None])[0]
        moved = self._inverse @ direction
        self._inverse -= np.outer(moved, moved) / (1 + direction @ moved)


def _directions(rows: Shown) -> Values:
    """Coalitions (N, segments), centred (the sum of all values is known) and of unit length."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=1, keepdims=True)))


def _row_of(members: tuple[int, ...], count: int) -> Shown:
    row = np.zeros(count, dtype=bool)
    row[list(members)] = True
    return row


def _new_row(size: int, count: int, seen: set[bytes], random: np.random.Generator) -> Shown:
    while True:
        row = random.permutation(count) < size
        if row.tobytes() not in seen:
            return row
