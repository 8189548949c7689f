"""How fast pictures are scored, and what share that is of the rate at which this machine multiplies matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.clock import seconds
from benchmarks.subject import Subject
from spine_core.networks.backend import AutoBackend
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.network import Network
from spine_core.training.models.ensemble_selection import giga_operations

SIDE = 2048
"""Of the square matrices: large enough that the rate no longer grows."""

PASSES = 12
"""Of which the fastest counts, for pictures and matrices alike: others may use the machine as well."""


def operations(network: Network) -> float:
    """Floating-point operations per picture, two per multiply-add, of all members."""
    return 1e9 * sum(giga_operations(member) for member in members_of(network))


def members_of(network: Network) -> Sequence[GradingNetwork]:
    """The networks that answer together, whatever engine asks them; of a single one, itself."""
    own = getattr(network, "network", network)
    return getattr(own, "members", (own,))


def alone(subject: Subject) -> list[Network]:
    """Each of the networks that answer together by itself, with its engine."""
    return [AutoBackend(member).wait_ready() for member in getattr(subject.plain, "members", ())]


def matrix_rate(precision: torch.dtype) -> float:
    """Floating-point operations per second of a product of two square matrices."""
    one, other = (torch.randn(SIDE, SIDE).to(precision) for _ in range(2))
    with torch.inference_mode():
        return 2.0 * SIDE**3 / seconds(lambda: one @ other, PASSES)


def scoring_rate(network: Network, subject: Subject) -> float:
    """Pictures per second, in the batches that explanations ask in."""
    pictures = np.repeat(subject.image.pixels[None], network.batch_size, axis=0)
    return network.batch_size / seconds(lambda: network.score(pictures, subject.target), PASSES)


def print_rates(subject: Subject, alone: Sequence[Network]) -> None:
    """One line for torch and one for the engine, then one for each network alone."""
    print("\nScoring")
    print(
        f"{'network':<28} {'engine':<20} {'GFLOP':>6} {'pictures/s':>10} {'TFLOP/s':>8} {'matrices TFLOP/s':>17} "
        f"{'share':>6}"
    )
    for network in (subject.plain, subject.network.wait_ready(), *alone):
        precision = torch.bfloat16 if "bfloat16" in network.backend else torch.float32
        work, rate, most = operations(network), scoring_rate(network, subject), matrix_rate(precision)
        print(
            f"{network.id.name:<28} {network.backend:<20} {work / 1e9:>6.1f} {rate:>10.0f} {rate * work / 1e12:>8.2f} "
            f"{most / 1e12:>17.2f} {rate * work / most:>6.0%}"
        )
