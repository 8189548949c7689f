"""How stable LIME and kernel SHAP are with default settings: ``python -m benchmarks.stability``.

For every finding of the demonstration study: the Pearson correlation, over superpixels, of the values with those from
very many evaluations. Mean and 10th percentile over the findings. Findings of one disc share their masks, so that the
reference is evaluated once per disc.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.subject import Subject, finding
from spine_core import DISCLAIMER
from spine_core.explanation.base import Explanation
from spine_core.explanation.registry import REGISTRY, explain
from spine_core.grading.types import DiscImage
from spine_core.networks.network import Network
from spine_core.networks.target import Target

METHODS = ("lime", "kernel_shap")
SEEDS = 3
REFERENCE_SEED = 1000


class Remembering:
    """A network that evaluates every image once and keeps its logits, from which all targets are scored."""

    def __init__(self, network: Network) -> None:
        self.network, self.id, self.batch_size = network, network.id, network.batch_size
        self._logits: dict[bytes, npt.NDArray[np.float32]] = {}

    def score(self, images: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target`` for images (N, channels, size, size): (N,)."""
        keys = [hashlib.blake2b(one.tobytes(), digest_size=16).digest() for one in images]
        new = [row for row, key in enumerate(keys) if key not in self._logits]
        if new:
            found = self.network.predict_logits(images[new])
            self._logits.update((keys[row], one) for row, one in zip(new, found, strict=True))
        logits = torch.from_numpy(np.stack([self._logits[key] for key in keys]))
        return target.log_odds(logits).double().numpy()


def correlations(
    method: str, network: Network, image: DiscImage, targets: tuple[Target, ...], reference: int
) -> Iterator[tuple[float, float]]:
    """For each target: the mean correlation with the reference over ``SEEDS`` seeds, and the mean evaluations."""
    remembering = Remembering(network)

    def run(target: Target, seed: int, **settings: object) -> Explanation:
        return explain(method, remembering, image, target, seed, settings)

    for target in targets:
        wanted = run(target, REFERENCE_SEED, samples=reference, stop="budget").extra["weights"]
        found = [run(target, seed) for seed in range(SEEDS)]
        if not any(one.is_empty for one in found):
            alike = [np.corrcoef(one.extra["weights"], wanted)[0, 1] for one in found]
            yield float(np.mean(alike)), float(np.mean([one.model_evaluations for one in found]))


def measure(subject: Subject, method: str, reference: int, discs: int) -> npt.NDArray[np.float64]:
    """Correlation and evaluations of every finding of the first ``discs`` discs that responds, (findings, 2)."""
    network = subject.network.wait_ready()
    pairs = list(zip(subject.images, subject.targets, strict=True))[:discs]
    return np.array([
        row for image, targets in pairs for row in correlations(method, network, image, targets, reference)
    ])  # fmt: skip


def main() -> None:
    """Prints a line for every method."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--reference", type=int, default=20_000, help="evaluations behind the reference; default %(default)s"
    )
    parser.add_argument(
        "--discs", type=int, default=5, help="discs of the demonstration study; default %(default)s"
    )
    args = parser.parse_args()
    print(DISCLAIMER)
    subject = finding()
    print(f"Reference: {args.reference} evaluations")
    print(f"{'method':<12} {'findings':>8} {'evaluations':>11} {'mean':>6} {'10th percentile':>16}")
    for method in METHODS:
        found = measure(subject, method, args.reference, args.discs)
        tenth = np.percentile(found[:, 0], 10)
        print(
            f"{REGISTRY[method].label:<12} {len(found):>8} {found[:, 1].mean():>11.0f} {found[:, 0].mean():>6.3f} "
            f"{tenth:>16.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
