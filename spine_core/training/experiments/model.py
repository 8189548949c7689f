"""What is found out by training again: which networks, from which start, from whose patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

KEPT = Path(__file__).resolve().parents[3] / "assets" / "experiments"
"""Where the predictions of every experiment are kept."""

BACKBONE = "efficientnet_lite0"
"""The smallest network whose ImageNet weights are at hand."""

BOTH = ("sudirman", "spider")


class Start(StrEnum):
    """What a network knows before it sees the first label."""

    RANDOM = "random"
    IMAGENET = "imagenet"
    SELF_SUPERVISED = "self_supervised"
    SHIPPED = "shipped"
    """Everything: nothing is trained, the networks that ship are asked together."""


@dataclass(frozen=True)
class Arm:
    """One network of an experiment. ``sources``: the sets from whose training patients it learns; ``backbone``: one of
    ``grading.architectures``.
    """

    name: str
    label: str
    start: Start
    sources: tuple[str, ...] = BOTH
    backbone: str = BACKBONE


@dataclass(frozen=True)
class Experiment:
    """Networks that differ in one thing. ``reference``: the arm that the others are compared with. ``about``: what the
    reader of its figures should know.
    """

    name: str
    title: str
    arms: tuple[Arm, ...]
    reference: str
    about: str = ""

    def command(self, seed: int) -> str:
        """What repeats it."""
        return f"python -m spine_core train experiment {self.name} --seed {seed}"


EXPERIMENTS: Mapping[str, Experiment] = {
    "starts": Experiment(
        "starts",
        "What the start buys",
        (
            Arm("random", "random numbers", Start.RANDOM),
            Arm("imagenet", "ImageNet", Start.IMAGENET),
            Arm("self_supervised", "the same crops without labels", Start.SELF_SUPERVISED),
        ),
        "random",
    ),
    "leave-one-set-out": Experiment(
        "leave-one-set-out",
        "Learned from one set, asked about both",
        (
            Arm("both", "both sets", Start.IMAGENET),
            Arm("sudirman", "Sudirman only", Start.IMAGENET, ("sudirman",)),
            Arm("spider", "SPIDER only", Start.IMAGENET, ("spider",)),
        ),
        "both",
    ),
    "plain": Experiment(
        "plain",
        "A plain ResNet-18 beside the networks that ship",
        (
            Arm("plain", "ResNet-18, no tuning", Start.RANDOM, backbone="resnet18"),
            Arm("shipped", "the networks that ship", Start.SHIPPED),
        ),
        "plain",
        "The figures that were set as the ones to beat come from such a network, on patients who are not in this data. "
        "Here it learned from the same patients as the networks that ship and answers about the same discs. It learned "
        "from T1 boxes as they are mended, they from those published.",
    ),
}
"""Experiments by the name that the command takes."""
