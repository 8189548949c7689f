"""What ``python -m spine_core train`` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core import __version__
from spine_core.anatomy.detector import DiscDetector
from spine_core.evaluation.splits import CALIBRATION_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import SETS_IN_ORDER, Picture
from spine_core.networks.architectures import RESNETS, build, with_heads
from spine_core.networks.grading_network import Preprocessing
from spine_core.networks.registry import DETECTOR, SEGMENTER, WEIGHTS
from spine_core.results import training_plans
from spine_core.training.calibration.affine import fit
from spine_core.training.datasets.crop_cache import Crops, extract
from spine_core.training.datasets.phantoms import pictures as phantom_pictures
from spine_core.training.datasets.registry import folds, read_all
from spine_core.training.datasets.spider_volumes import read_volumes
from spine_core.training.distillation import teachers
from spine_core.training.models import detector, grader, initialisation, segmenter
from spine_core.training.models.crop_augmentation import plain_views
from spine_core.training.models.export_weights import ship
from spine_core.training.models.targets_and_loss import labels_seen, targets

EPOCHS_PATIENTS, EPOCHS_PHANTOMS, EPOCHS_AGAIN = 30, 8, 30
"""The localiser learns from patients first; phantoms join at a lower rate, and bring masks of T1. Then it learns from
all of them once more, from other views, and the weights before and after are averaged."""


@dataclass(frozen=True)
class Run:
    """What was asked. ``work``: where checkpoints and crops are kept. ``volumes``: SPIDER as published, if at hand.
    ``part``: of the training patients, about which a teacher answers. ``lessons``: whether a grader learns from the
    teachers' answers beside the labels.
    """

    data: Path
    work: Path
    seed: int = 0
    device: str = "cpu"
    backbone: str = "resnet18"
    volumes: Path | None = None
    part: int = 0
    lessons: bool = False

    def pictures(self, *, space: bool = True) -> list[Picture]:
        """All labelled pictures; SPIDER's own volumes in the place of its exported slices, where they are given."""
        every = read_all(self.data, space=space)
        if self.volumes is None:
            return every
        spider = {patient: fold for (source, patient), fold in folds(self.data).items() if source == "spider"}
        return [*(p for p in every if p.source != "spider"), *read_volumes(self.volumes, spider)]


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)


def train_anatomy(run: Run) -> None:
    """Trains the localiser and puts its weights with the product's."""
    run.work.mkdir(parents=True, exist_ok=True)
    real = run.pictures()
    first = detector.train(
        real, run.work / "anatomy.pt", epochs=EPOCHS_PATIENTS, seed=run.seed, device=run.device, log=say
    )
    every = [*real, *phantom_pictures(TRAINING_FOLDS[:1], log=say)]
    weights = detector.train(
        every, run.work / "anatomy-phantoms.pt", epochs=EPOCHS_PHANTOMS, rate=8e-4, start=first, seed=run.seed,
        device=run.device, log=say,
    )  # fmt: skip
    again = detector.train(
        every, run.work / "anatomy-again.pt", epochs=EPOCHS_AGAIN, rate=1.5e-3, start=weights, seed=run.seed + 1,
        device=run.device, log=say,
    )  # fmt: skip
    ship(
        detector.averaged(weights, again),
        WEIGHTS / DETECTOR,
        name="localiser-resnet18-fpn",
        version=__version__,
        architecture="resnet18-fpn",
        command=f"python -m spine_core train anatomy --seed {run.seed}",
    )


def train_outliner(run: Run) -> None:
    """Trains the outliner from the localiser's weights and puts it with the product's."""
    run.work.mkdir(parents=True, exist_ok=True)
    localiser = DiscDetector.load(WEIGHTS / DETECTOR)
    outlined = [p for p in run.pictures() if p.mask is not None and p.fold in TRAINING_FOLDS]
    weights = segmenter.train(
        [*outlined, *phantom_pictures(TRAINING_FOLDS[:1], log=say)], run.work / "outliner.pt",
        start=segmenter.start_of(localiser), seed=run.seed, device=run.device, log=say,
    )  # fmt: skip
    ship(
        weights,
        WEIGHTS / SEGMENTER,
        name="outliner-resnet18-fpn",
        version=__version__,
        architecture="resnet18-fpn, three stages",
        command=f"python -m spine_core train outliner --seed {run.seed}",
    )


def train_teacher(run: Run) -> None:
    """Trains a network without one part of the training patients and keeps what it says of that part's discs."""
    run.work.mkdir(parents=True, exist_ok=True)
    localiser = DiscDetector.load(WEIGHTS / DETECTOR)
    contract = Preprocessing()
    learners = learners_of(cut(run, contract, localiser))
    asked = teachers.parts(learners) == run.part
    own, apart = learners.where((~asked).tolist()), learners.where(asked.tolist())
    weights = grader.train(
        own, contract, run.work / f"teacher-{run.backbone}-{run.part}.pt", backbone=run.backbone,
        plan=training_plans.TEACHER, start=start_of(run.backbone, localiser),
        lessons=grader.Lessons(heads=teachers.heads(own)), seed=run.seed * teachers.PARTS + run.part,
        device=run.device, log=say,
    )  # fmt: skip
    net = build(run.backbone, len(contract.channels))
    with_heads(run.backbone, net, len(SETS_IN_ORDER))
    net.load_state_dict(weights)
    raw = raw_logits(net, plain_views(apart, contract, apart.present), run.device)
    kept = teachers.kept_at(run.work, run.backbone, run.part)
    np.savez(kept, raw=teachers.own_answers(raw, apart, own))
    say(f"{kept}: {len(apart.keys)} discs")


def train_grader(run: Run) -> None:
    """Cuts the crops, trains a grader, calibrates it on fold 1, puts it with the product's."""
    run.work.mkdir(parents=True, exist_ok=True)
    localiser = DiscDetector.load(WEIGHTS / DETECTOR)
    contract = Preprocessing()
    crops = cut(run, contract, localiser)
    own = learners_of(crops)
    taught, answering = teachers.load(teachers.KEPT, own) if run.lessons else (None, ())
    plans = training_plans.PLANS[run.backbone] if taught is None else (training_plans.TAUGHT,)
    weights = start_of(run.backbone, localiser)
    for number, plan in enumerate(plans):
        checkpoint = run.work / f"grader-{run.backbone}-{run.seed}-{number}.pt"
        weights = grader.train(
            own, contract, checkpoint, backbone=run.backbone, plan=plan, start=weights,
            lessons=grader.Lessons(taught=taught), seed=run.seed, device=run.device, log=say,
        )  # fmt: skip
    net = build(run.backbone, len(contract.channels))
    net.load_state_dict(weights)
    aside = crops.where([key[2] == CALIBRATION_FOLD and key[0] != "phantom" for key in crops.keys])
    ship(
        weights,
        WEIGHTS / f"grader-{run.backbone}.safetensors",
        name=f"grader-{run.backbone}",
        version=__version__,
        architecture=run.backbone,
        command=f"python -m spine_core train grader --backbone {run.backbone} --seed {run.seed}"
        + (" --lessons" if run.lessons else "")
        + ("" if run.device == "cpu" else f" --device {run.device}"),
        taught={"teachers": answering, "share": training_plans.TAUGHT.taught} if run.lessons else None,
        contract=contract,
        calibration=calibrate(net, aside, contract),
    )


def learners_of(crops: Crops) -> Crops:
    """The discs of those who are learned from, phantoms among them."""
    return crops.where([key[2] in TRAINING_FOLDS for key in crops.keys])


def start_of(backbone: str, localiser: DiscDetector) -> dict[str, Any]:
    """The localiser's trunk where it fits, ImageNet where it can be had, else random numbers."""
    if backbone in RESNETS:
        return initialisation.trunk(localiser)
    return initialisation.imagenet_lite(backbone) if backbone.startswith("efficientnet_lite") else {}


def cut(run: Run, contract: Preprocessing, localiser: DiscDetector) -> Crops:
    """All crops, from ``run.work`` where an earlier run left them there."""
    cache = run.work / ("crops.npz" if run.volumes is None else "crops-volumes.npz")
    if cache.is_file():
        return Crops.load(cache)
    crops = extract([*run.pictures(space=False), *phantom_pictures(log=say)], contract, localiser)
    say(f"{len(crops.keys)} discs cut")
    crops.save(cache)
    return crops


VIEWS = ([True, True], [True, False], [False, True])
"""Weightings that a disc may be seen with: both, T2 alone, T1 alone."""


def seen_with(crops: Crops) -> Iterator[tuple[Crops, npt.NDArray[np.bool_]]]:
    """The discs that can be seen in each of ``VIEWS``, and the weightings used (N, 2)."""
    for use in VIEWS:
        rows = np.array(use)[None].repeat(len(crops.keys), axis=0) & crops.present
        keep = np.asarray(rows.any(axis=1))
        yield crops.where(keep.tolist()), rows[keep]


def calibrate(net: Any, crops: Crops, contract: Preprocessing) -> Any:
    """Slopes and offsets from discs seen with both weightings and with each alone."""
    raws, wants, knows = [], [], []
    for part, rows in seen_with(crops):
        raws.append(raw_logits(net, plain_views(part, contract, rows)))
        wanted, known = targets(labels_seen(part.labels, rows))
        wants.append(wanted)
        knows.append(known)
    return fit(np.concatenate(raws).astype(np.float64), np.concatenate(wants), np.concatenate(knows))


def raw_logits(net: Any, pictures: Any, device: str = "cpu") -> Any:
    """What a module answers in evaluation mode before calibration: (N, LOGITS), or of all its heads."""
    import torch

    net.eval().to(device)
    with torch.inference_mode():
        parts = [
            net(torch.from_numpy(pictures[i : i + 32]).to(device)).float().cpu()
            for i in range(0, len(pictures), 32)
        ]
    return torch.cat(parts).numpy()
