"""What ``python -m spine_core train`` and ``evaluate`` do."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np

from spine_core import __version__
from spine_core.anatomy.network import Localiser
from spine_core.grading.architectures import build
from spine_core.grading.bundle import GRADER, LOCALISER, WEIGHTS, load_bundle
from spine_core.grading.network import Contract
from spine_core.training import anatomy, grader, starts
from spine_core.training.calibration import fit
from spine_core.training.card import write_model_card
from spine_core.training.crops import Crops, extract
from spine_core.training.data import CALIBRATION_FOLD, TEST_FOLD, TRAINING_FOLDS, Picture, read_all
from spine_core.training.evaluate import answer, as_rows, table
from spine_core.training.phantoms import pictures as phantom_pictures
from spine_core.training.ship import ship

EPOCHS_PATIENTS, EPOCHS_PHANTOMS = 30, 8
"""The localiser learns from patients first; phantoms join at a lower rate, and bring masks of T1."""
LOG = Path(__file__).resolve().parents[2] / "assets" / "weights" / "test-log.jsonl"
"""Every look at the test patients, one line each."""


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
    for use in ([True, True], [True, False], [False, True]):
        rows = np.array(use)[None].repeat(len(crops.keys), axis=0) & crops.present
        keep = np.asarray(rows.any(axis=1))
        part = crops.where(keep.tolist())
        raws.append(raw_logits(net, grader.plain_views(part, contract, rows[keep])))
        wanted, known = grader.targets(grader.labels_seen(part.labels, rows[keep]))
        wants.append(wanted)
        knows.append(known)
    return fit(np.concatenate(raws).astype(np.float64), np.concatenate(wants), np.concatenate(knows))


def raw_logits(net: Any, pictures: Any) -> Any:
    """Logits before calibration, (N, LOGITS), of a module in evaluation mode."""
    import torch

    net.eval()
    with torch.inference_mode():
        parts = [net(torch.from_numpy(pictures[i : i + 32])).float() for i in range(0, len(pictures), 32)]
    return torch.cat(parts).numpy()


def evaluate(data: Path, *, test: bool) -> None:
    """Prints localisation and grading per set and writes them into the grader's card and the model card."""
    bundle = load_bundle()
    fold = TEST_FOLD if test else CALIBRATION_FOLD
    every = read_all(data, space=False)
    real = [p for p in every if p.fold == fold]
    pictures: list[Picture] = [*real, *phantom_pictures((fold,), log=_say)]
    located, answered = answer(
        pictures, bundle.localiser, bundle.grader, lambda done: _progress(done, len(pictures))
    )
    graded = table(answered, [p for p in every if p.fold in TRAINING_FOLDS])
    figures = {"fold": fold, "located": as_rows(located), "graded": as_rows(graded)}
    card_path = (WEIGHTS / GRADER).with_suffix(".json")
    card = json.loads(card_path.read_text())
    card["figures"]["test" if test else "selection"] = figures
    card_path.write_text(json.dumps(card, indent=1) + "\n")
    write_model_card(card)
    for row in (*located, *graded):
        _say(str(row))
    if test:
        line = {
            "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
            "grader": bundle.grader.id.sha256,
            "localiser": bundle.localiser.id.sha256,
            "auroc": {
                f"{g.source} {g.sequence} {g.condition}>={g.at_least}": round(g.auroc, 4) for g in graded
            },
        }
        with LOG.open("a") as handle:
            handle.write(json.dumps(line) + "\n")


def _progress(done: int, count: int) -> None:
    if done % 50 == 0:
        _say(f"{done} of {count} pictures")
