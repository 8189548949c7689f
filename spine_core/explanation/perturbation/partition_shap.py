"""SHAP: Shapley (Owen) values over a hierarchy of square cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Explanation, MethodDiagnostic, MethodFamily, ScoreModel
from spine_core.explanation.perturbation.baselines import baseline
from spine_core.explanation.perturbation.masked_scores import FILL_PIECES, RESPONSE_FLOOR, score_masked
from spine_core.explanation.perturbation.superpixels import blocks, superpixels
from spine_core.explanation.settings import resolve
from spine_core.grading.types import DiscImage
from spine_core.networks.grading_network import BACKEND_BATCH
from spine_core.networks.target import Target
from spine_core.progress import Part, Progress

OPENING = 12
"""Evaluations before the answers decide what is split: all hidden, all shown, two halves, eight quarters."""

Answer = Callable[[npt.NDArray[np.bool_]], npt.NDArray[np.float64]]


class PartitionShap:
    """Partition SHAP of the ``shap`` package. Lundberg 2017, arXiv 1705.07874.

    A cell's value is shared by its pixels, so that the map adds up to the answer less the answer with all hidden.
    The seed only breaks ties between equally large parts. ``extra``: "cells" (rows, columns), "half" the same after
    half the evaluations.
    """

    name = "shap"
    label = "SHAP"
    paper = "Lundberg and Lee 2017, arXiv 1705.07874"
    family = MethodFamily.PERTURBATION
    signed = True
    resolution = "Square parts, the finest a thirty-second of the disc view, most of them far larger."
    shows = "How the answer is shared out fairly among square parts of the picture, split further where it matters."
    limits = "The parts follow a grid, not anatomy, and depend on what hidden parts are filled with."

    def defaults(self) -> dict[str, float | int | str]:
        """``max_evals``: pictures asked. ``cells``: finest grid per side. ``fill``: one of ``fills.FILLS``."""
        return {"max_evals": 500, "cells": 32, "fill": "blur"}

    def attribute(
        self,
        network: ScoreModel,
        image: DiscImage,
        target: Target,
        *,
        seed: int = 0,
        settings: Mapping[str, float | int | str] | None = None,
        progress: Progress,
    ) -> Explanation:
        """Explains ``target``. Raises ``ValueError`` for a bad setting."""
        used = resolve(self, settings)
        progress(0.0, self.label)
        started = time.perf_counter()
        size = image.pixels.shape[-1]
        side, evaluations = min(int(used["cells"]), size), int(used["max_evals"])
        cells = blocks(size, side)
        fill = baseline(image.pixels, str(used["fill"]), superpixels(image.pixels, FILL_PIECES, 0.1))
        known: dict[bytes, float] = {}

        def ask(shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
            part = Part(progress, min(len(known) / evaluations, 1.0), 0.0)
            return score_masked(network, image.pixels, fill, cells, shown, target, part, self.label)

        answer = _remembered(ask, known)
        answer(opening(side))
        values, base, full = owen_values(answer, side, evaluations, seed)
        half, _, _ = owen_values(answer, side, max(evaluations // 2, 4), seed)
        progress(1.0, self.label)
        extent = float(np.ptp(list(known.values())))
        zero = extent < RESPONSE_FLOOR
        per_pixel = values / np.bincount(cells.ravel()).reshape(values.shape)
        spread = per_pixel.ravel()[cells].astype(np.float32)
        pieces = max(1, round(len(np.unique(values)) ** 0.5))
        return Explanation(
            method=self.name,
            level=image.level,
            target=target,
            attribution=np.zeros_like(spread) if zero else spread,
            signed=self.signed,
            native_shape=(min(pieces, side), min(pieces, side)),
            target_score=full,
            diagnostic=_own_score(half, values, extent, zero=zero),
            settings=used,
            seed=seed,
            seconds=time.perf_counter() - started,
            model_evaluations=len(known),
            model=network.id,
            is_empty=zero,
            notes=(
                f"The values add up to the answer within {abs(values.sum() - (full - base)):.1g} log-odds. "
                "They do so by construction at any budget: this is no measure of quality.",
            ),
            extra={"cells": values, "half": half},
        )


class CellMasker:
    """A masker that hands the mask itself to the model, which makes the picture: no OpenCV, nothing global."""

    fixed_background = True
    immutable_outputs = True

    def __init__(self, side: int) -> None:
        from shap.maskers import Image

        self.shape = (1, side * side)
        self.clustering = Image(np.zeros((side, side, 1))).clustering

    def __call__(self, mask: npt.NDArray[np.bool_], _row: Any) -> tuple[npt.NDArray[np.bool_]]:
        """The mask as the one input of the model, (1, cells)."""
        return (mask[None],)


def owen_values(
    answer: Answer, side: int, evaluations: int, seed: int
) -> tuple[npt.NDArray[np.float64], float, float]:
    """Owen values of the cells (side, side), the answer with all cells hidden and with all shown.

    ``answer`` takes (N, side * side), True where a cell is shown, and returns (N,).
    """
    from shap.explainers import PartitionExplainer

    explainer = PartitionExplainer(answer, CellMasker(side))
    explainer.owen = MethodType(_own_random(PartitionExplainer.owen, seed), explainer)
    row = np.ones((1, side * side))
    result = explainer(row, max_evals=evaluations, batch_size=BACKEND_BATCH, silent=True)
    values = np.asarray(result.values, dtype=np.float64).reshape(side, side)
    base = float(np.ravel(result.base_values)[0])
    return values, base, float(answer(np.ones((1, side * side), dtype=bool))[0])


def opening(side: int) -> npt.NDArray[np.bool_]:
    """The masks that shap asks for first whatever the answers are, (N, side * side).

    Asked by shap itself they would come in four calls, each of which costs the network a whole batch.
    """
    asked: list[npt.NDArray[np.bool_]] = []

    def record(shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        asked.extend(np.asarray(shown, dtype=bool))
        return np.zeros(len(shown))

    owen_values(record, side, OPENING, seed=0)
    return np.array(asked)


def _own_random(function: Any, seed: int) -> FunctionType:
    """``function`` with ``np.random`` replaced by a generator of its own.

    shap breaks ties with numpy's global generator, which all threads draw from: maps would differ from run to run,
    and a lock around it would not keep other libraries from drawing.
    """
    random = np.random.RandomState(seed)
    numpy = SimpleNamespace(**{**vars(np), "random": random})
    return FunctionType(function.__code__, {**function.__globals__, "np": numpy}, function.__name__)


def _remembered(ask: Answer, known: dict[bytes, float]) -> Answer:
    """``ask`` that asks each mask once: the half budget then costs nothing, as its masks are among the full one's."""

    def answer(shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        shown = np.asarray(shown, dtype=bool)
        keys = [np.packbits(mask).tobytes() for mask in shown]
        new = {key: index for index, key in enumerate(keys) if key not in known}
        if new:
            known.update(zip(new, ask(shown[list(new.values())]).tolist(), strict=True))
        return np.array([known[key] for key in keys])

    return answer


def _own_score(
    half: npt.NDArray[np.float64], full: npt.NDArray[np.float64], extent: float, *, zero: bool
) -> MethodDiagnostic:
    name = "correlation of half with all evaluations"
    if zero:
        caption = f"The network did not respond: its answers differ by only {extent:.2g} log-odds; the map is empty."
        return MethodDiagnostic(name, None, caption)
    if not (np.ptp(half) > 0 and np.ptp(full) > 0):
        return MethodDiagnostic(name, None, "Too few evaluations to tell parts of the picture apart.")
    value = float(np.corrcoef(half.ravel(), full.ravel())[0, 1])
    caption = (
        f"After half the evaluations the map already correlated {value:.2f} with this one (Pearson, over cells); "
        "a low value says that more evaluations would change it, a high one only that its coarse parts would stay: "
        "more of them always divide it more finely."
    )
    return MethodDiagnostic(name, value, caption)
