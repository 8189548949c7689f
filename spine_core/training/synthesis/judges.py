"""Networks that learn to grade from real or generated images, and are tested on real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import BY_NAME
from spine_core.synthesis.conditions import GRADED

if TYPE_CHECKING:
    import torch

Labels = npt.NDArray[np.int64]
"""(N, len(GRADED)): position of the grade, -1 where unknown."""
Scores = Mapping[tuple[str, str], npt.NDArray[np.float64]]
"""By condition and grade: probability of the grade, (N,)."""
BATCH = 32
LEAST_SIDE = {"inception_v3": 96}
"""Pixels along each side that a network needs, where the generator's images have fewer."""
CHECK = "logistic_regression"
NETWORKS = ("googlenet", "inception_v3", "squeezenet1_1", "vgg16")
"""Judges of torchvision, from random weights: those of the literature that compared generators of spine images."""


def counts() -> list[int]:
    """Number of grades of each condition that the generator is told."""
    return [len(BY_NAME[name].grades) for name in GRADED]


def as_scores(probabilities: list[npt.NDArray[np.float64]]) -> dict[tuple[str, str], npt.NDArray[np.float64]]:
    """Scores from one array (N, grades) per condition."""
    return {
        (name, grade): table[:, place]
        for name, table in zip(GRADED, probabilities, strict=True)
        for place, grade in enumerate(BY_NAME[name].grades)
    }


def prior_by_level(
    labels: Labels, levels: npt.NDArray[np.int64], asked: npt.NDArray[np.int64]
) -> dict[tuple[str, str], npt.NDArray[np.float64]]:
    """Scores without an image: how frequent each grade is at the level, among ``labels`` of ``levels``."""
    tables = []
    for column, count in enumerate(counts()):
        table = np.zeros((len(asked), count))
        for level in np.unique(asked):
            known = labels[(levels == level) & (labels[:, column] >= 0), column]
            # One disc of every grade is added, so that a level without labels has equal chances.
            frequency = np.bincount(known, minlength=count) + 1.0
            table[asked == level] = frequency / frequency.sum()
        tables.append(table)
    return as_scores(tables)


def regression(
    features: npt.NDArray[np.float64], labels: Labels, asked: npt.NDArray[np.float64], seed: int = 0
) -> dict[tuple[str, str], npt.NDArray[np.float64]]:
    """Scores of one logistic regression per condition on features of images."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    tables = []
    for column, count in enumerate(counts()):
        known = labels[:, column] >= 0
        table = np.zeros((len(asked), count))
        there = np.unique(labels[known, column])
        if len(there) > 1:
            made = make_pipeline(
                StandardScaler(), LogisticRegression(C=0.01, max_iter=300, random_state=seed)
            )
            table[:, there] = made.fit(features[known], labels[known, column]).predict_proba(asked)
        tables.append(table)
    return as_scores(tables)


def build_judge(name: str) -> torch.nn.Module:
    """A network of torchvision with random weights, two input channels and one output per grade of ``GRADED``."""
    import torch
    from torchvision import models

    outputs, extra = sum(counts()), {}
    if name in ("googlenet", "inception_v3"):
        extra = {"aux_logits": False, "init_weights": False}
    net: Any = models.get_model(name, weights=None, num_classes=outputs, **extra)
    first = next(part for part in net.modules() if isinstance(part, torch.nn.Conv2d))
    # Both weightings are seen by the first convolution; the third channel, which colour images have, is cut off.
    first.in_channels, first.weight = 2, torch.nn.Parameter(first.weight[:, :2].detach().clone())
    judge: torch.nn.Module = net
    return judge


def train_judge(
    name: str,
    images: npt.NDArray[np.float32],
    labels: Labels,
    epochs: int,
    seed: int = 0,
    log: Callable[[str], None] = lambda _: None,
) -> torch.nn.Module:
    """The network ``name`` trained on ``images`` (N, 2, side, side) for ``epochs``: AdamW, masked cross-entropy."""
    import torch

    torch.manual_seed(seed)
    net = build_judge(name).train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-4, weight_decay=0.05)
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        losses = []
        order = rng.permutation(len(images))
        for rows in np.array_split(order, max(len(order) // BATCH, 1)):
            loss = _loss(net(_input(name, images[rows])), torch.from_numpy(labels[rows]))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(float(loss.detach()))
        log(f"{name} epoch {epoch} loss {np.mean(losses):.3f}")
    return net.eval()


def judge_scores(
    name: str, net: torch.nn.Module, images: npt.NDArray[np.float32]
) -> dict[tuple[str, str], npt.NDArray[np.float64]]:
    """Scores of a trained judge for images (N, 2, side, side)."""
    import torch

    with torch.inference_mode():
        found = torch.cat([
            net(_input(name, images[start : start + BATCH])) for start in range(0, len(images), BATCH)
        ])  # fmt: skip
    return as_scores([part.softmax(dim=1).double().numpy() for part in torch.split(found, counts(), dim=1)])


def _input(name: str, images: npt.NDArray[np.float32]) -> torch.Tensor:
    import torch

    batch = torch.from_numpy(images)
    side = LEAST_SIDE.get(name, batch.shape[-1])
    if side <= batch.shape[-1]:
        return batch
    return torch.nn.functional.interpolate(batch, (side, side), mode="bilinear")


def _loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    import torch
    from torch.nn.functional import cross_entropy

    total = logits.new_zeros(())
    for column, part in enumerate(torch.split(logits, counts(), dim=1)):
        if (labels[:, column] >= 0).any():
            total = total + cross_entropy(part, labels[:, column], ignore_index=-1)
    return total
