"""What ``python -m spine_core train`` does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from spine_core import __version__
from spine_core.anatomy.network import Localiser
from spine_core.grading import familiarity
from spine_core.grading.architectures import build
from spine_core.grading.bundle import ENSEMBLE, FAMILIAR, LOCALISER, WEIGHTS, Bundle
from spine_core.grading.conditions import CONDITIONS
from spine_core.grading.ensemble import Ensemble
from spine_core.grading.findings import shares_of
from spine_core.grading.network import Contract, GradingNetwork
from spine_core.grading.target import LOGITS
from spine_core.training import anatomy, grader, starts
from spine_core.training.answering import Answered, answer
from spine_core.training.calibration import fit
from spine_core.training.conformal import least_probabilities
from spine_core.training.crops import UNKNOWN, Crops, extract
from spine_core.training.data import CALIBRATION_FOLD, TRAINING_FOLDS, read_all
from spine_core.training.phantoms import pictures as phantom_pictures
from spine_core.training.ship import ship, ship_familiarity
from spine_core.weights import ModelId, load_card

EPOCHS_PATIENTS, EPOCHS_PHANTOMS = 30, 8
"""The localiser learns from patients first; phantoms join at a lower rate, and bring masks of T1."""


def _say(text: str) -> None:
    print(text, flush=True)


def train_anatomy(data: Path, work: Path, seed: int, device: str = "cpu", backbone: str = "resnet18") -> None:
    """Trains the localiser and puts its weights with the product's. It has one backbone."""
    assert backbone == "resnet18"
    work.mkdir(parents=True, exist_ok=True)
    real = read_all(data)
    first = anatomy.train(
        real, work / "anatomy.pt", epochs=EPOCHS_PATIENTS, seed=seed, device=device, log=_say
    )
    every = [*real, *phantom_pictures(TRAINING_FOLDS[:1], log=_say)]
    then = work / "anatomy-phantoms.pt"
    weights = anatomy.train(
        every, then, epochs=EPOCHS_PHANTOMS, rate=8e-4, start=first, seed=seed, device=device, log=_say
    )
    ship(
        weights,
        WEIGHTS / LOCALISER,
        name="localiser-resnet18-fpn",
        version=__version__,
        architecture="resnet18-fpn",
        command=f"python -m spine_core train anatomy --seed {seed}",
    )


def train_grader(data: Path, work: Path, seed: int, device: str = "cpu", backbone: str = "resnet18") -> None:
    """Cuts the crops (kept in ``work``), trains a grader, calibrates it on fold 1, puts it with the product's."""
    work.mkdir(parents=True, exist_ok=True)
    localiser = Localiser.load(WEIGHTS / LOCALISER)
    contract = Contract()
    crops = _crops(data, work / "crops.npz", contract, localiser)
    own = crops.where([key[2] in TRAINING_FOLDS for key in crops.keys])
    weights = _start(backbone, localiser)
    for number, plan in enumerate(grader.PLANS[backbone]):
        checkpoint = work / f"grader-{backbone}-{seed}-{number}.pt"
        weights = grader.train(
            own, contract, checkpoint, backbone=backbone, plan=plan, start=weights, seed=seed, device=device,
            log=_say,
        )  # fmt: skip
    net = build(backbone, len(contract.channels))
    net.load_state_dict(weights)
    aside = crops.where([key[2] == CALIBRATION_FOLD and key[0] != "phantom" for key in crops.keys])
    ship(
        weights,
        WEIGHTS / f"grader-{backbone}.safetensors",
        name=f"grader-{backbone}",
        version=__version__,
        architecture=backbone,
        command=f"python -m spine_core train grader --backbone {backbone} --seed {seed}",
        contract=contract,
        calibration=calibrate(net, aside, contract),
    )


def _start(backbone: str, localiser: Localiser) -> dict[str, Any]:
    """The localiser's trunk where it fits, ImageNet where it can be had, else random numbers."""
    if backbone == "resnet18":
        return starts.trunk(localiser)
    return starts.imagenet_lite0() if backbone == "efficientnet_lite0" else {}


def _crops(data: Path, cache: Path, contract: Contract, localiser: Localiser) -> Crops:
    if cache.is_file():
        kept = np.load(cache, allow_pickle=False)
        keys = tuple((str(s), str(p), int(f), str(lv)) for s, p, f, lv in kept["keys"])
        return Crops(kept["pixels"], kept["present"], kept["labels"], keys)
    pictures = [*read_all(data, space=False), *phantom_pictures(log=_say)]
    crops = extract(pictures, contract, localiser)
    _say(f"{len(crops.keys)} discs cut")
    np.savez(
        cache, pixels=crops.pixels, present=crops.present, labels=crops.labels, keys=np.array(crops.keys)
    )
    return crops


def calibrate(net: Any, crops: Crops, contract: Contract) -> Any:
    """Slopes and offsets from discs seen with both weightings and with each alone."""
    raws, wants, knows = [], [], []
    for part, rows in seen_with(crops):
        raws.append(raw_logits(net, grader.plain_views(part, contract, rows)))
        wanted, known = grader.targets(grader.labels_seen(part.labels, rows))
        wants.append(wanted)
        knows.append(known)
    return fit(np.concatenate(raws).astype(np.float64), np.concatenate(wants), np.concatenate(knows))


def raw_logits(net: Any, pictures: Any) -> Any:
    """Logits before calibration, (N, LOGITS), of a module in evaluation mode."""
    net.eval()
    with torch.inference_mode():
        parts = [net(torch.from_numpy(pictures[i : i + 32])).float() for i in range(0, len(pictures), 32)]
    return torch.cat(parts).numpy()


def train_ensemble(data: Path, work: Path, seed: int, device: str = "cpu", backbone: str = "") -> None:
    """Puts the trained graders together: calibration, prediction sets and familiarity from readings of fold 1."""
    work.mkdir(parents=True, exist_ok=True)
    members = [
        {"file": path.name, "sha256": load_card(path)["sha256"]}
        for path in (WEIGHTS / f"grader-{name}.safetensors" for name in grader.PLANS)
    ]
    nothing = torch.stack([torch.ones(LOGITS), torch.zeros(LOGITS)])
    graders = [GradingNetwork.load(WEIGHTS / entry["file"]) for entry in members]
    ensemble = Ensemble(graders, ModelId("ensemble", __version__, ""), nothing)
    localiser = Localiser.load(WEIGHTS / LOCALISER)
    crops = _crops(data, work / "crops.npz", ensemble.contract, localiser)
    learned = crops.where([key[2] in TRAINING_FOLDS and key[0] != "phantom" for key in crops.keys])
    pictures = [p for p in read_all(data, space=False) if p.fold == CALIBRATION_FOLD]
    _, answers = answer(
        pictures, Bundle(localiser, ensemble), lambda done: tell_progress(done, len(pictures))
    )
    calibration, thresholds = conclude(answers)
    command = "python -m spine_core train ensemble"
    ship_familiarity(
        familiarity.fit(_pooled(ensemble, learned), np.array([a.pooled for a in answers])),
        WEIGHTS / FAMILIAR,
        version=__version__,
        command=command,
    )
    card = {
        "name": "ensemble",
        "version": __version__,
        "trained_by": command,
        "members": members,
        "calibration": calibration,
        "thresholds": thresholds,
        "figures": {},
    }
    (WEIGHTS / ENSEMBLE).write_text(json.dumps(card, indent=1) + "\n")


VIEWS = ([True, True], [True, False], [False, True])
"""Weightings that a disc may be seen with: both, T2 alone, T1 alone."""


def _pooled(ensemble: Ensemble, crops: Crops) -> npt.NDArray[np.float32]:
    """What the networks see of discs with both weightings and with each alone."""
    parts = []
    for part, rows in seen_with(crops):
        for start in range(0, len(rows), 256):
            some = part.where([start <= i < start + 256 for i in range(len(rows))])
            pictures = grader.plain_views(some, ensemble.contract, rows[start : start + 256])
            parts.append(ensemble.poll(pictures).pooled)
    return np.concatenate(parts)


def seen_with(crops: Crops) -> Iterator[tuple[Crops, npt.NDArray[np.bool_]]]:
    """The discs that can be seen in each of ``VIEWS``, and the weightings used (N, 2)."""
    for use in VIEWS:
        rows = np.array(use)[None].repeat(len(crops.keys), axis=0) & crops.present
        keep = np.asarray(rows.any(axis=1))
        yield crops.where(keep.tolist()), rows[keep]


def conclude(
    answers: Sequence[Answered],
) -> tuple[list[list[float]], dict[str, list[float]]]:
    """Slopes and offsets (2, LOGITS), and per condition the least probabilities of prediction sets."""
    raw = np.array([a.logits for a in answers], dtype=np.float64)
    labels = np.array([[a.truth.get(c.name, UNKNOWN) for c in CONDITIONS] for a in answers], dtype=np.int8)
    seen = np.array([[a.sequence != "t1", a.sequence == "t1"] for a in answers])
    labels = grader.labels_seen(np.stack([labels, labels], axis=1), seen)
    calibration = fit(raw, *grader.targets(labels)).round(6)
    shares = shares_of((raw * calibration[0] + calibration[1]).astype(np.float32))
    patients = np.array([f"{a.source} {a.patient}" for a in answers])
    limits = {}
    for column, condition in enumerate(CONDITIONS):
        rows = labels[:, column] != UNKNOWN
        truth = np.array([condition.grades.index(str(value)) for value in labels[rows, column]])
        limits[condition.name] = [
            round(limit, 6)
            for limit in least_probabilities(
                condition, shares[condition.name][rows].astype(float), truth, patients[rows]
            )
        ]
    return calibration.tolist(), limits


def tell_progress(done: int, count: int) -> None:
    """A line now and then."""
    if done % 50 == 0:
        _say(f"{done} of {count} pictures")
