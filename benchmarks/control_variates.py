"""What one member of the ensemble saves as a control variate for LIME: ``python -m benchmarks.control_variates``.

Every mask is scored by one member alone, and only some also by all members; LIME's regression on the difference, plus
the regression on the one member's scores of all masks, estimates the same values without bias (control variates,
Rubinstein 1985, doi 10.1287/opre.33.3.661). Only what the linear model leaves over varies with the masks that are
drawn. So the saving follows from how well the member's residuals predict the ensemble's, and from what it costs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt

from benchmarks.clock import seconds
from benchmarks.rates import alone
from benchmarks.stability import Remembering
from benchmarks.subject import Subject, finding
from spine_core import DISCLAIMER
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.lime import ridge, samples
from spine_core.explanation.perturbation.masked_scores import score_masked
from spine_core.explanation.perturbation.segments import superpixels
from spine_core.networks.network import Network
from spine_core.progress import silent

PAIRS = 60
"""Masks with their complements in one estimate: 120 model evaluations, half of what LIME takes at least."""
RUNS = 12
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Saving:
    """One finding. ``explained``: squared correlation of the residuals. ``variance``: of the estimates with the control
    variate, relative to that without, at an equal number of evaluations by all members."""

    explained: float
    variance: float


def best_time(explained: float, cost: float) -> float:
    """Least time relative to that without control variate, for equal variance, if one evaluation by the member costs
    ``cost`` of one by all; masks are shared out at their best (Peherstorfer 2016, doi 10.1137/15M1046472)."""
    if explained / (1 - explained) <= cost / (1 - cost):
        return 1.0
    return float(np.sqrt((1 - explained) * (1 - cost)) + np.sqrt(explained * cost)) ** 2


def saving(masks: npt.NDArray[np.int_], whole: Values, member: Values) -> Saving:
    """``masks``: (pairs, 2, segments). ``whole``, ``member``: scores (pairs, 2) of all members and of the one."""

    def fit(rows: slice, scores: Values) -> Values:
        return ridge(masks[rows].reshape(-1, masks.shape[-1]), scores[rows].ravel())

    def residual(scores: Values) -> Values:
        flat = masks.reshape(-1, masks.shape[-1])
        left: Values = scores.ravel() - flat @ fit(slice(None), scores)
        return left - left.mean()

    one, other = residual(whole), residual(member)
    slope = (one @ other) / (other @ other)
    blocks = [slice(start, start + PAIRS) for start in range(0, len(masks) - PAIRS + 1, PAIRS)]
    plain = np.stack([fit(rows, whole) for rows in blocks])
    control = np.stack([fit(rows, whole - slope * member) for rows in blocks])
    return Saving(
        float((one @ other) ** 2 / ((one @ one) * (other @ other))),
        float(control.var(axis=0).sum() / plain.var(axis=0).sum()),
    )


def savings(
    subject: Subject, members: Sequence[Network], discs: int, blocks: int
) -> Iterator[tuple[str, Saving]]:
    """Those of every finding on the first ``discs`` discs, with the member's name."""
    network = subject.network.wait_ready()
    for image, targets in zip(subject.images[:discs], subject.targets, strict=False):
        numbers = superpixels(image.pixels, 60, 0.1)
        baseline = method_baseline(image.pixels, "blur", numbers)
        masks = samples(blocks * PAIRS, int(numbers.max()) + 1, np.random.RandomState(0))
        shown = masks.reshape(-1, masks.shape[-1]).astype(bool)
        whole, *alone = (Remembering(one) for one in (network, *members))
        for target in targets:
            scores = [
                score_masked(one, image.pixels, baseline, numbers, shown, target, silent, "").reshape(-1, 2)
                for one in (whole, *alone)
            ]
            for member, own in zip(members, scores[1:], strict=True):
                yield member.id.name, saving(masks, scores[0], own)


def main() -> None:
    """Prints a line for every member."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--discs", type=int, default=5, help="discs of the demonstration study; default %(default)s"
    )
    parser.add_argument(
        "--blocks", type=int, default=8, help="estimates whose variance is taken; default %(default)s"
    )
    args = parser.parse_args()
    print(DISCLAIMER)
    subject = finding()
    members = alone(subject)
    batch = np.repeat(subject.image.pixels[None], subject.network.wait_ready().batch_size, axis=0)

    def cost(network: Network) -> float:
        # Of the processor: other work on the machine counts little in it.
        return seconds(lambda: network.predict_logits(batch), RUNS, time.process_time)

    full = cost(subject.network.wait_ready())
    costs = {one.id.name: cost(one) / full for one in members}
    found: dict[str, list[Saving]] = {}
    for name, one in savings(subject, members, args.discs, args.blocks):
        found.setdefault(name, []).append(one)
    print(f"{'member':<34} {'findings':>8} {'cost':>6} {'explained':>9} {'variance':>9} {'best time':>9}")
    for name, rows in found.items():
        explained, variance = (
            float(np.mean([getattr(one, key) for one in rows])) for key in ("explained", "variance")
        )
        times = np.mean([best_time(one.explained, costs[name]) for one in rows])
        print(
            f"{name:<34} {len(rows):>8} {costs[name]:>6.2f} {explained:>9.2f} {variance:>9.2f} {times:>9.2f}"
        )


if __name__ == "__main__":
    main()
