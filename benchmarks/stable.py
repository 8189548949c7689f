"""LIME and kernel SHAP at equal stability: how alike the values are to those from very many samples.

Both sides share out the answer among the same superpixels with the same fill, so that they estimate the same values.
Stability is the Pearson correlation of those values with a reference (ours with ``--reference`` samples), the mean over
seeds. How many samples the package needs is found with the engine, since only the count matters; that many are then
asked with plain torch, on the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.clock import quietly, seconds
from benchmarks.peers import Predict, predictor
from benchmarks.subject import Subject
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.segments import superpixels
from spine_core.explanation.registry import explain

SEEDS = 3
COUNTS = (100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000)
"""Samples of the package that are tried until its values are as stable as ours."""

Values = Callable[[Predict, int, int], np.ndarray]
"""Predictor, samples and seed to the package's values of the superpixels."""


@dataclass(frozen=True)
class Row:
    """Ours, then the package at equal stability. ``reached``: whether the package gets there with ``COUNTS``."""

    method: str
    stability: float
    pictures: int
    ours: float
    count: int
    theirs: float
    reached: bool


def rows(subject: Subject, reference: int, runs: int) -> Iterator[Row]:
    """LIME's and kernel SHAP's, each as soon as it is measured; the fastest of ``runs`` runs on either side."""
    for name, package in _packages(subject).items():
        yield _row(subject, name, reference, package, runs)


def _row(subject: Subject, name: str, reference: int, package: Values, runs: int) -> Row:
    network = subject.network.wait_ready()

    def ours(seed: int, **settings: object) -> object:
        return explain(name, network, subject.image, subject.target, seed, settings)

    wanted = ours(1000, samples=reference, stop="budget").extra["weights"]
    found = [ours(seed) for seed in range(SEEDS)]
    stability = float(np.mean([_alike(one.extra["weights"], wanted) for one in found]))
    fast = predictor_of(subject)
    for count in COUNTS:
        theirs = float(np.mean([_alike(package(fast, count, seed), wanted) for seed in range(SEEDS)]))
        if theirs >= stability:
            break
    plain = predictor(subject.plain, subject.target)
    return Row(
        name,
        stability,
        round(float(np.median([one.model_evaluations for one in found]))),
        float(np.median([seconds(lambda seed=seed: ours(seed), runs) for seed in range(SEEDS)])),
        count,
        seconds(lambda: package(plain, count, 0), runs),
        theirs >= stability,
    )


def predictor_of(subject: Subject) -> Predict:
    """Pictures (N, rows, columns, channels) to scores (N, 1) by the engine."""
    network = subject.network.wait_ready()

    def predict(pictures: np.ndarray) -> np.ndarray:
        channels = np.moveaxis(np.asarray(pictures), -1, 1)[:, :2].astype(np.float32)
        return network.score(channels, subject.target)[:, None]

    return predict


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _packages(subject: Subject) -> dict[str, Values]:
    numbers = superpixels(subject.image.pixels, 60, 0.1)
    count = int(numbers.max()) + 1
    picture = np.moveaxis(subject.image.pixels, 0, -1)
    hidden = np.moveaxis(method_baseline(subject.image.pixels, "blur", numbers), 0, -1)

    def lime(predict: Predict, samples: int, seed: int) -> np.ndarray:
        from lime.lime_image import LimeImageExplainer
        from sklearn.metrics import pairwise_distances

        explainer = LimeImageExplainer(random_state=seed)
        drawn = []
        quietly(lambda: drawn.extend(explainer.data_labels(picture, hidden, numbers, predict, samples)))
        data, labels = drawn
        distances = pairwise_distances(data, data[:1], metric="cosine").ravel()
        _, pairs, _, _ = explainer.base.explain_instance_with_data(
            data, labels, distances, 0, num_features=count, feature_selection="none"
        )
        values = np.zeros(count)
        for number, weight in pairs:
            values[number] = weight
        return values

    def kernel_shap(predict: Predict, samples: int, seed: int) -> np.ndarray:
        import shap

        def shown(masks: np.ndarray) -> np.ndarray:
            out = []
            for start in range(0, len(masks), 10):
                seen = masks[start : start + 10].astype(bool)[:, numbers, None]
                out.append(predict(np.where(seen, picture, hidden))[:, 0])
            return np.concatenate(out)

        # It draws from numpy's global generator. Without l1_reg=0 it keeps ten superpixels only.
        np.random.seed(seed)  # noqa: NPY002
        explainer = shap.KernelExplainer(shown, np.zeros((1, count)), silent=True)
        values: list[np.ndarray] = []
        quietly(
            lambda: values.append(
                explainer.shap_values(np.ones((1, count)), nsamples=samples, l1_reg=0, silent=True)
            )
        )
        return np.ravel(values[0])

    return {"lime": lime, "kernel_shap": kernel_shap}
