"""Discs made of noise, few and small enough that a network learns from them in seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np
import pytest

from spine_core.networks.conditions import CONDITIONS
from spine_core.results.training_plans import TrainingPlan
from spine_core.training.ablations.settings import AblationSettings
from spine_core.training.datasets.crop_cache import MARGIN, UNKNOWN, Crops

SIZE = 32
COLUMN = {condition.name: i for i, condition in enumerate(CONDITIONS)}

TINY = AblationSettings(
    SIZE,
    TrainingPlan(epochs=2, batch=4, learning_rate=1e-3, repeats={"spider": 2}),
    TrainingPlan(epochs=1, batch=4, learning_rate=1e-3),
)


@pytest.fixture(autouse=True)
def _small(one_thread: None) -> None:
    """Every test here trains networks that gain nothing from a second thread."""


def killed_in_the_second(
    monkeypatch: pytest.MonkeyPatch, running: ModuleType, start: Callable[[], object]
) -> None:
    """Runs ``start`` and interrupts it in the last epoch of its second network, before the state is saved.

    ``running``: the module whose ``report`` receives the epochs.
    """
    lines: list[str] = []

    def killed(text: str) -> None:
        lines.append(text)
        if sum(line.startswith("epoch 1 ") for line in lines) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(running, "report", killed)
    with pytest.raises(KeyboardInterrupt):
        start()


Made = Callable[[Sequence[int]], Crops]


@pytest.fixture
def made() -> Made:
    """Six patients of each set with an L5/S1 disc in the folds given, one of them with a disc above L1/L2 too.

    Sudirman has labels of bulging and Pfirrmann, SPIDER of bulging and herniation; two in six are positive. Every
    third patient has no T1.
    """

    def crops(folds: Sequence[int]) -> Crops:
        keys = [
            (source, f"{number:04d}", folds[number % len(folds)], "L5/S1")
            for source in ("sudirman", "spider")
            for number in range(6)
        ]
        keys.append(("sudirman", "0000", folds[0], "other"))
        rng = np.random.default_rng(sum(folds))
        side = round(SIZE * MARGIN)
        present = np.array([[True, int(key[1]) % 3 > 0] for key in keys])
        pixels = rng.integers(0, 255, (len(keys), 2, side, side)).astype(np.uint8)
        labels = np.full((len(keys), 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
        for row, (source, patient, _, _) in enumerate(keys):
            positive = int(patient) % 4 > 1
            labels[row, :, COLUMN["bulging"]] = positive
            if source == "sudirman":
                labels[row, :, COLUMN["pfirrmann"]] = 4 if positive else 2
            else:
                labels[row, :, COLUMN["herniation"]] = positive
        pixels[~present], labels[~present] = 0, UNKNOWN
        return Crops(pixels, present, labels, tuple(keys))

    return crops
