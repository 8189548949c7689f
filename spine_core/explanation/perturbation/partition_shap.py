"""SHAP: Shapley (Owen) values over a hierarchy of square cells."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    MethodFamily,
)
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.masked_scores import score_masked, unresponsive
from spine_core.explanation.perturbation.segments import blocks
from spine_core.networks.network import BACKEND_BATCH
from spine_core.progress import Part

DIAGNOSTIC = "convergence (half against full sampling)"

FIRST_EVALUATIONS = 12
"""Evaluations before the scores determine the splits: all masked, all shown, two halves, eight quarters."""

Score = Callable[[npt.NDArray[np.bool_]], npt.NDArray[np.float64]]


class PartitionShap(AttributionMethod):
    """Partition SHAP of the ``shap`` package. Lundberg 2017, arXiv 1705.07874.

    A cell's value is divided among its pixels, so that the map adds up to the score minus the score of the fully masked
    image. The seed only breaks ties between parts of equal value. ``extra``: "cells", values (rows, columns); "half",
    the same after half the evaluations.
    """

    name = "partition_shap"
    label = "SHAP"
    paper = "Lundberg and Lee 2017, arXiv 1705.07874"
    family = MethodFamily.PERTURBATION
    resolution = "Square parts, the finest a thirty-second of the disc view, most of them far larger."
    shows = "Shapley (Owen) values of square parts of the image, split further where it matters."
    limits = "The parts follow a grid, not anatomy, and the values depend on the baseline that replaces masked parts."

    def defaults(self) -> dict[str, float | int | str]:
        """``max_evals``: model evaluations. ``cells``: per side, finest grid. ``baseline``: of ``METHOD_BASELINES``."""
        return {"max_evals": 500, "cells": 32, "baseline": "blur"}

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``ValueError`` for an invalid setting."""
        pixels, target = request.image.pixels, request.target
        side, budget = min(int(request.settings["cells"]), request.size), int(request.settings["max_evals"])
        cells = blocks(request.size, side)
        baseline = method_baseline(pixels, request.baseline)
        known: dict[bytes, float] = {}

        def evaluate(shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
            part = Part(request.progress, min(len(known) / budget, 1.0), 0.0)
            return score_masked(request.network, pixels, baseline, cells, shown, target, part, self.label)

        score = _cached(evaluate, known)
        score(first_masks(side))
        values, base, full = owen_values(score, side, budget, request.seed)
        half, _, _ = owen_values(score, side, max(budget // 2, 4), request.seed)
        empty = unresponsive(DIAGNOSTIC, np.array(list(known.values())))
        per_pixel = values / np.bincount(cells.ravel()).reshape(values.shape)
        parts = min(max(1, round(len(np.unique(values)) ** 0.5)), side)
        return Attribution(
            values=per_pixel.ravel()[cells],
            native_shape=(parts, parts),
            target_score=full,
            diagnostic=empty or _diagnostic(half, values),
            model_evaluations=len(known),
            is_empty=empty is not None,
            notes=(
                f"The values add up to the score within {abs(values.sum() - (full - base)):.1g} log-odds. "
                "They do so by construction at any budget, so this does not measure quality.",
            ),
            extra={"cells": values, "half": half},
        )


class CellMasker:
    """A masker that passes the mask itself to the model, which makes the image: no OpenCV, no global state."""

    fixed_background = True
    immutable_outputs = True

    def __init__(self, side: int) -> None:
        from shap.maskers import Image

        self.shape = (1, side * side)
        self.clustering = Image(np.zeros((side, side, 1))).clustering

    def __call__(self, mask: npt.NDArray[np.bool_], _row: Any) -> tuple[npt.NDArray[np.bool_]]:
        """The mask as the only input of the model, (1, cells)."""
        return (mask[None],)


def owen_values(
    score: Score, side: int, evaluations: int, seed: int
) -> tuple[npt.NDArray[np.float64], float, float]:
    """Owen values of the cells (side, side), the score with all cells masked, and the score with all shown.

    ``score`` takes masks (N, side * side), True where a cell is shown, and returns (N,).
    """
    from shap.explainers import PartitionExplainer

    explainer = PartitionExplainer(score, CellMasker(side))
    explainer.owen = MethodType(_own_random(PartitionExplainer.owen, seed), explainer)
    row = np.ones((1, side * side))
    result = explainer(row, max_evals=evaluations, batch_size=BACKEND_BATCH, silent=True)
    values = np.asarray(result.values, dtype=np.float64).reshape(side, side)
    base = float(np.ravel(result.base_values)[0])
    return values, base, float(score(np.ones((1, side * side), dtype=bool))[0])


def first_masks(side: int) -> npt.NDArray[np.bool_]:
    """The masks that shap evaluates first for any scores, (N, side * side).

    shap itself would evaluate them in four calls, each of which would take a whole batch.
    """
    masks: list[npt.NDArray[np.bool_]] = []

    def record(shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        masks.extend(np.asarray(shown, dtype=bool))
        return np.zeros(len(shown))

    owen_values(record, side, FIRST_EVALUATIONS, seed=0)
    return np.array(masks)


def _own_random(function: Any, seed: int) -> FunctionType:
    """``function`` with ``np.random`` replaced by its own generator.

    shap breaks ties with numpy's global generator, which all threads share: maps would differ from run to run, and a
    lock could not stop other libraries from using it.
    """
    random = np.random.RandomState(seed)
    numpy = SimpleNamespace(**{**vars(np), "random": random})
    return FunctionType(function.__code__, {**function.__globals__, "np": numpy}, function.__name__)


def _cached(evaluate: Score, known: dict[bytes, float]) -> Score:
    """``evaluate`` with a cache: the run with half the budget is free, since its masks are among the full run's."""

    def score(shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        shown = np.asarray(shown, dtype=bool)
        keys = [np.packbits(mask).tobytes() for mask in shown]
        new = {key: index for index, key in enumerate(keys) if key not in known}
        if new:
            known.update(zip(new, evaluate(shown[list(new.values())]).tolist(), strict=True))
        return np.array([known[key] for key in keys])

    return score


def _diagnostic(half: npt.NDArray[np.float64], full: npt.NDArray[np.float64]) -> MethodDiagnostic:
    if not (np.ptp(half) > 0 and np.ptp(full) > 0):
        return MethodDiagnostic(DIAGNOSTIC, None, "Too few evaluations: the parts do not differ.")
    value = float(np.corrcoef(half.ravel(), full.ravel())[0, 1])
    caption = (
        f"After half the evaluations the map already correlated {value:.2f} with this one (Pearson, over cells); "
        "a low value means that more evaluations would change it, a high one only that its coarse parts would stay: "
        "more evaluations always divide it more finely."
    )
    return MethodDiagnostic(DIAGNOSTIC, value, caption)
