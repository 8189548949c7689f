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

SHIPPED = ("efficientnet_lite0_coarse", "resnet14", "resnet18")
"""Architectures of the networks that ship."""

BOTH = ("sudirman", "spider")


class Start(StrEnum):
    """What a network knows before it sees the first label."""

    RANDOM = "random"
    IMAGENET = "imagenet"
    SELF_SUPERVISED = "self_supervised"
    TAUGHT = "taught"
    """What the networks that ship know, and teachers who say beside the labels what they make of every disc."""
    SHIPPED = "shipped"
    """Everything: nothing is trained, the networks that ship are asked together."""


@dataclass(frozen=True)
class Arm:
    """One answer of an experiment. ``sources``: the sets from whose training patients is learned; ``backbones``: of
    ``grading.architectures``, a network each, which answer together.
    """

    name: str
    label: str
    start: Start
    sources: tuple[str, ...] = BOTH
    backbones: tuple[str, ...] = (BACKBONE,)


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
            Arm("plain", "ResNet-18, no tuning", Start.RANDOM, backbones=("resnet18",)),
            Arm("shipped", "the networks that ship", Start.SHIPPED),
        ),
        "plain",
        "The figures that were set as the ones to beat come from such a network, on patients who are not in this data. "
        "Here it learned from the same patients as the networks that ship and answers about the same discs. It learned "
        "from T1 boxes as they are mended, they from those published.",
    ),
    "taught-again": Experiment(
        "taught-again",
        "The networks that ship, taught again on mended boxes",
        (
            Arm("shipped", "the networks that ship", Start.SHIPPED),
            Arm("again", "taught again", Start.TAUGHT, (*BOTH, "phantom"), SHIPPED),
        ),
        "shipped",
        "The networks that ship learned from T1 boxes as published, of which some are another patient's. Here the same "
        "three learned from those that are mended, phantoms among them, from what the same teachers say, two thirds of "
        "the epochs on smaller pictures. Whether they should take the place of those that ship is asked of the "
        "selection patients; on these they were no better.",
    ),
}
"""Experiments by the name that the command takes."""
