"""What ``python -m spine_core train experiment NAME`` does: trains the arms, asks each, keeps what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.detector import DiscDetector
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.networks.architectures import build
from spine_core.networks.grading_network import Preprocessing
from spine_core.networks.registry import DETECTOR, WEIGHTS, load_bundle
from spine_core.results import training_plans
from spine_core.results.experiments import BACKBONE, EXPERIMENTS, KEPT, Arm, Experiment, Start
from spine_core.training.ablations.predictions import (
    Ask,
    Asked,
    Prediction,
    ask_each,
    calibrated,
    predict,
    taught,
    write,
)
from spine_core.training.ablations.settings import Setting, setting_of
from spine_core.training.commands import Run, cut, learners_of, raw_logits, say, start_of
from spine_core.training.datasets.crop_cache import MARGIN, Crops, extract, read_discs
from spine_core.training.distillation import teachers
from spine_core.training.model_card.stored_results import retell
from spine_core.training.models import grader, initialisation
from spine_core.training.models.crop_augmentation import views

if TYPE_CHECKING:
    import torch


def run_experiment(run: Run, name: str) -> Path:
    """The experiment of that name on the data's patients, also into the model card; returns its predictions' file."""
    path = try_arms(EXPERIMENTS[name], *cut_both(run), run, setting_of(name), KEPT / f"{name}.csv.gz")
    retell()
    return path


def cut_both(run: Run) -> tuple[Crops, Crops]:
    """Discs of the training patients, phantoms among them, and of those held out, as large as the product sees them."""
    run.work.mkdir(parents=True, exist_ok=True)
    localiser = DiscDetector.load(WEIGHTS / DETECTOR)
    crops = cut(run, Preprocessing(), localiser)
    return learners_of(crops), cut_as_read(run, localiser)


def fitted(crops: Crops, contract: Preprocessing) -> Crops:
    """The same discs with pictures from which views of the contract's size are cut."""
    return crops.resized(round(contract.size * MARGIN))


def cut_as_read(run: Run, localiser: DiscDetector) -> Crops:
    """Discs of the selection and the test patients where the localiser puts them, as the product would read them."""
    cache = run.work / ("crops-read.npz" if run.volumes is None else "crops-read-volumes.npz")
    if cache.is_file():
        return Crops.load(cache)
    pictures = [p for p in run.pictures(space=False) if p.fold in (CALIBRATION_FOLD, TEST_FOLD)]
    crops = extract(pictures, Preprocessing(), localiser, read_discs)
    say(f"{len(crops.keys)} discs of held-out patients cut")
    crops.save(cache)
    return crops


def try_arms(
    experiment: Experiment, learned: Crops, held_out: Crops, run: Run, setting: Setting, path: Path
) -> Path:
    """Trains every arm on ``learned``, asks it about ``held_out`` and writes the predictions to ``path``.

    States are left in ``run.work`` after every epoch, and a killed experiment goes on from them. Arms of two
    experiments that are the same network are trained once.
    """
    said: list[Prediction] = []
    contract = replace(Preprocessing(), size=setting.size)
    learned = fitted(learned, contract)
    for number, arm in enumerate(experiment.arms, start=1):
        say(f"{experiment.name}: network {number} of {len(experiment.arms)}, {arm.label}")
        own = learned.where([key[0] in arm.sources for key in learned.keys])
        said += predict(_asked(arm, own, held_out, contract, run, setting), arm.name, taught(own))
    write(path, experiment.command(run.seed) + options(run), said)
    say(f"{len(said)} predictions in {path}")
    return path


def _asked(
    arm: Arm, own: Crops, held_out: Crops, contract: Preprocessing, run: Run, setting: Setting
) -> list[Asked]:
    """What the network of ``arm``, trained on ``own`` where it has to be, answers about ``held_out``, calibrated."""
    if arm.start is Start.SHIPPED:
        return list(ask_each(_shipped(), fitted(held_out, Preprocessing()), Preprocessing()))
    nets = [_network(arm, backbone, own, contract, run, setting) for backbone in arm.backbones]
    asked = ask_each(partial(_together, nets), fitted(held_out, contract), contract)
    return calibrated(list(asked))


def _network(
    arm: Arm, backbone: str, own: Crops, contract: Preprocessing, run: Run, setting: Setting
) -> torch.nn.Module:
    weights = _trained(arm, backbone, own, contract, run, setting)
    return settled(backbone, weights, own, contract, run.seed, setting.plan)


def _together(nets: Sequence[torch.nn.Module], pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean of what the networks answer."""
    mean: npt.NDArray[np.float32] = np.mean([raw_logits(net, pictures) for net in nets], axis=0)
    return mean


def options(run: Run) -> str:
    """What a command was given beside its seed and changes its figures."""
    device = "" if run.device == "cpu" else f" --device {run.device}"
    volumes = "" if run.volumes is None else " --volumes DIR"
    return device + volumes


AT_ONCE = 32
"""Discs about which the networks that ship are asked together: all at once would take gigabytes."""


def _shipped() -> Ask:
    """The networks that ship, together."""
    together = load_bundle().grader

    def ask(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        parts = range(0, len(pictures), AT_ONCE)
        return np.concatenate([together.predict(pictures[i : i + AT_ONCE]).logits for i in parts])

    return ask


def settled(
    backbone: str,
    weights: Mapping[str, Any],
    crops: Crops,
    contract: Preprocessing,
    seed: int,
    plan: training_plans.Plan,
) -> torch.nn.Module:
    """The network of these weights with its normalisations settled on ``crops``: those that it learned from."""
    net = build(backbone, len(contract.channels))
    net.load_state_dict(weights)
    settle(net, crops, contract, seed, plan)
    return net


def settle(
    net: torch.nn.Module, crops: Crops, contract: Preprocessing, seed: int, plan: training_plans.Plan
) -> None:
    """Takes the normalisations' means and variances anew, from one round of training views.

    EfficientNet's running ones move by a hundredth a step: after so short a training they still hold what the start
    was, and a random start would be judged by them, not by its weights.
    """
    import torch
    from torch.optim.swa_utils import update_bn

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(crops.keys))
    parts = (order[i : i + plan.batch] for i in range(0, len(order) - plan.batch + 1, plan.batch))
    update_bn((views(crops, part, contract.size, rng, contract, plan.strength)[0] for part in parts), net)


def _trained(
    arm: Arm, backbone: str, own: Crops, contract: Preprocessing, run: Run, setting: Setting
) -> dict[str, Any]:
    kind = "" if backbone == BACKBONE else f"-{backbone}"
    name = f"experiment{kind}-{arm.start}-{'-'.join(arm.sources)}-{run.seed}"
    start: Mapping[str, Any] = {}
    lessons = None
    if arm.start is Start.IMAGENET:
        start = initialisation.imagenet_lite(backbone, len(contract.channels))
    elif arm.start is Start.TAUGHT:
        start = start_of(backbone, DiscDetector.load(WEIGHTS / DETECTOR))
        lessons = grader.Lessons(taught=teachers.load(teachers.KEPT, own)[0])
    elif arm.start is Start.SELF_SUPERVISED:
        from spine_core.training.ablations.pretraining import pretrain

        start = pretrain(
            own, contract, run.work / f"{name}-restoring.pt", backbone=backbone, plan=setting.restoring,
            seed=run.seed, device=run.device, log=say,
        )  # fmt: skip
    return grader.train(
        own, contract, run.work / f"{name}.pt", backbone=backbone, plan=setting.plan, start=start,
        lessons=lessons, seed=run.seed, device=run.device, log=say,
    )  # fmt: skip
