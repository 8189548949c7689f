"""The ablations that need retraining: their networks, initialisations and training datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spine_core.assets import ASSETS
from spine_core.evaluation.datasets import PATIENT_DATASETS

EXPERIMENTS_DIR = ASSETS / "experiments"
"""Folder of the stored predictions of every experiment."""

BACKBONE = "efficientnet_lite0"
"""The smallest network for which ImageNet weights are available."""

RELEASED_BACKBONES = ("efficientnet_lite0_coarse", "resnet14", "resnet18")
"""Architectures of the released networks."""


class Initialisation(StrEnum):
    """Where the weights come from before training."""

    RANDOM = "random"
    IMAGENET = "imagenet"
    SELF_SUPERVISED = "self_supervised"
    DISTILLED = "distilled"
    """As the released networks, and trained on the teachers' soft targets like them."""
    RELEASED = "released"
    """The released ensemble itself; nothing is trained."""


@dataclass(frozen=True)
class Arm:
    """One arm of an experiment. ``datasets``: those whose training patients are used. ``backbones``: architectures, one
    network each; their mean is the arm's prediction.
    """

    name: str
    label: str
    initialisation: Initialisation
    datasets: tuple[str, ...] = PATIENT_DATASETS
    backbones: tuple[str, ...] = (BACKBONE,)


@dataclass(frozen=True)
class Experiment:
    """Networks that differ in one factor. ``reference``: the arm that the others are compared with. ``note``: what a
    reader of the figures should know.
    """

    name: str
    title: str
    arms: tuple[Arm, ...]
    reference: str
    note: str = ""

    def command(self, seed: int) -> str:
        """The command that repeats it."""
        return f"python -m spine_core ablation {self.name} --seed {seed}"


EXPERIMENTS: Mapping[str, Experiment] = {
    "init": Experiment(
        "init",
        "Effect of pre-training",
        (
            Arm("random", "random weights", Initialisation.RANDOM),
            Arm("imagenet", "ImageNet", Initialisation.IMAGENET),
            Arm("self_supervised", "self-supervised on the same crops", Initialisation.SELF_SUPERVISED),
        ),
        "random",
    ),
    "leave-one-dataset-out": Experiment(
        "leave-one-dataset-out",
        "Training on one dataset, evaluation on both",
        (
            Arm("both", "both datasets", Initialisation.IMAGENET),
            Arm("sudirman", "Sudirman only", Initialisation.IMAGENET, ("sudirman",)),
            Arm("spider", "SPIDER only", Initialisation.IMAGENET, ("spider",)),
        ),
        "both",
    ),
    "resnet18-baseline": Experiment(
        "resnet18-baseline",
        "ResNet-18 baseline against the released ensemble",
        (
            Arm("resnet18", "untuned ResNet-18", Initialisation.RANDOM, backbones=("resnet18",)),
            Arm("released", "released ensemble", Initialisation.RELEASED),
        ),
        "resnet18",
        "The published figures that the acceptance criteria refer to come from an untuned ResNet-18, evaluated on "
        "patients who are not in this data. Here such a network is trained and evaluated on the same patients as the "
        "released ensemble. It was trained on the corrected T1 boxes, the released networks on the original ones.",
    ),
    "corrected-labels": Experiment(
        "corrected-labels",
        "Released networks retrained on corrected labels",
        (
            Arm("released", "released ensemble", Initialisation.RELEASED),
            Arm(
                "retrained",
                "retrained on corrected labels",
                Initialisation.DISTILLED,
                (*PATIENT_DATASETS, "phantom"),
                RELEASED_BACKBONES,
            ),
        ),
        "released",
        "The released networks were trained on the original T1 boxes, some of which belong to another patient. Here "
        "the same three networks are trained on the corrected boxes and on phantoms, with the same teachers' soft "
        "targets; two thirds of the epochs use smaller images. The selection patients decide whether they replace the "
        "released networks; on these patients they were not better.",
    ),
}
"""Experiments by the name on the command line."""
