"""Which pieces kernel SHAP shows: no choice twice, every size equally often, and each as telling as can be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

import numpy as np
import numpy.typing as npt

Shown = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Values = npt.NDArray[np.float64]

CHOICES = 4
"""Coalitions drawn for each that is asked. Two save an eighth of the pictures, four a fifth, eight a quarter."""

PRIOR = 1e-3
"""What counts as known of every piece before the first coalition, in coalitions: no more than makes it a number."""


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Pairs of a coalition and its opposite, in the order in which they are asked.

    ``shown``: one of each pair, (pairs, pieces), True where a piece is shown. ``whole``: so many at the beginning are
    all that there are of their sizes; the others are drawn. ``shares``: (pairs,), see ``weights``.
    """

    shown: Shown
    whole: int
    shares: Values

    def weights(self, rows: Rows) -> Values:
        """Weights in the regression of the pairs of those numbers (N,), which hold the ``whole`` ones once each.

        Each size then weighs what the Shapley kernel gives to all coalitions of it, however many were drawn.
        """
        drawn = rows >= self.whole
        return self.shares[rows] / np.where(drawn, drawn.sum(), 1)


def coalitions(number: int, count: int, random: np.random.Generator) -> Coalitions:
    """``number`` pairs over ``count`` pieces, none twice.

    Sizes are drawn equally often, in rounds, as leverage scores ask for (Musco and Witter 2024, arXiv 2410.01917; the
    kernel itself would ask for single pieces again and again). Sizes with no more coalitions than would be drawn of
    them are asked whole, first of all. Of ``CHOICES`` coalitions the one is taken that has most to add to those
    before it (sequential D-optimal design, Wynn 1970, doi 10.1214/aoms/1177696809). No piece is
    preferred, so that within a size every coalition is as likely as any other. Raises ``ValueError`` where there are
    not so many pairs.
    """
    if number > 2 ** (count - 1) - 1:
        msg = f"{count} pieces have {2 ** (count - 1) - 1} pairs of coalitions, not {number}"
        raise ValueError(msg)
    # A coalition of half of the pieces has its opposite among its own size.
    rooms = {size: comb(count, size) // (1 + (2 * size == count)) for size in range(1, count // 2 + 1)}
    rows: list[Shown] = []
    open_sizes = sorted(rooms, key=lambda size: rooms[size])
    while open_sizes and rooms[open_sizes[0]] <= (number - len(rows)) / len(open_sizes):
        size = open_sizes.pop(0)
        rows += [_of(members, count) for members in islice(combinations(range(count), size), rooms[size])]
    whole = len(rows)
    design = _Design(count)
    for row in rows:
        design.add(row)
    seen = {row.tobytes() for row in rows}
    while len(rows) < number:
        for size in random.permutation(open_sizes)[: number - len(rows)]:
            row = design.most_telling([_unseen(int(size), count, seen, random) for _ in range(CHOICES)])
            design.add(row)
            seen |= {row.tobytes(), (~row).tobytes()}
            rows.append(row)
    shown = np.array(rows)
    sizes = shown.sum(axis=1)
    kernel = (1 + (2 * sizes != count)) / (sizes * (count - sizes))
    stands_for = np.full(number, float(len(open_sizes)))
    stands_for[:whole] = [1 / rooms[size] for size in sizes[:whole].tolist()]
    return Coalitions(shown, whole, kernel * stands_for)


class _Design:
    """What a regression would know from the coalitions so far, (pieces, pieces): the inverse of their Gram matrix."""

    def __init__(self, count: int) -> None:
        self._inverse = np.eye(count) / PRIOR

    def most_telling(self, choices: list[Shown]) -> Shown:
        """The one with the highest leverage; opposites have the same."""
        directions = _directions(np.array(choices))
        leverage = ((directions @ self._inverse) * directions).sum(axis=1)
        # Of equals the first: what rounding leaves between them depends on which pieces they show.
        return choices[int(leverage.round(6).argmax())]

    def add(self, row: Shown) -> None:
        """Counts ``row`` in, by the formula of Sherman and Morrison."""
        direction = _directions(row[None])[0]
        moved = self._inverse @ direction
        self._inverse -= np.outer(moved, moved) / (1 + direction @ moved)


def _directions(rows: Shown) -> Values:
    """What coalitions (N, pieces) tell apart, of length 1: all pieces together are known, so about their means."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=1, keepdims=True)))


def _of(members: tuple[int, ...], count: int) -> Shown:
    row = np.zeros(count, dtype=bool)
    row[list(members)] = True
    return row


def _unseen(size: int, count: int, seen: set[bytes], random: np.random.Generator) -> Shown:
    while True:
        row = random.permutation(count) < size
        if row.tobytes() not in seen:
            return row
