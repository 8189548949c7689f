"""What ``python -m spine_core evaluate`` does: figures of the shipped networks, into their card and the model card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spine_core.evaluation.metrics import Graded, table
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import Located
from spine_core.networks.registry import ENSEMBLE, WEIGHTS, load_bundle
from spine_core.results.test_log import log
from spine_core.training.datasets.phantoms import pictures as phantom_pictures
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.baselines import scores
from spine_core.training.evaluation.calibration_eval import Calibrated, Pooled, calibration_table, pooled
from spine_core.training.evaluation.inference import answer
from spine_core.training.evaluation.label_audit import figures_as_published
from spine_core.training.evaluation.ood_eval import Refused, refusals
from spine_core.training.evaluation.segmentation_eval import Outlined, outlines
from spine_core.training.model_card.card import write_model_card
from spine_core.training.model_card.stored_results import short, take_kept
from spine_core.training.models.ensemble_build import tell_progress


def evaluate(data: Path, *, test: bool) -> None:
    """Prints localisation and grading per set and keeps them with the weights. ``test``: fold 0, logged."""
    bundle = load_bundle()
    fold = TEST_FOLD if test else CALIBRATION_FOLD
    every = read_all(data)
    own = [p for p in every if p.fold == fold]
    every = [p for p in every if p.mask is None]
    pictures = [*(p for p in every if p.fold == fold), *phantom_pictures((fold,), log=print)]
    located, answered = answer(pictures, bundle, lambda done: tell_progress(done, len(pictures)))
    assert bundle.ood is not None
    training = [p for p in every if p.fold in TRAINING_FOLDS]
    others = scores(answered, bundle.ood, bundle.grader.id.sha256)
    if not others:
        print("No regressions beside these networks: run `python -m spine_core train baselines` first.")
    graded = table(answered, training, bundle.thresholds, others)
    calibrated = calibration_table(answered, bundle.thresholds)
    together = pooled(answered)
    outlined = outlines([p for p in own if p.mask is not None], bundle)
    refused = refusals(own, bundle)
    figures: dict[str, Any] = {
        "fold": fold,
        "located": [asdict(row) for row in located],
        "graded": [asdict(row) for row in graded],
        "calibrated": [asdict(row) for row in calibrated],
        "pooled": [asdict(row) for row in together],
        "outlined": [asdict(row) for row in outlined],
        "refused": [asdict(row) for row in refused],
        "published": figures_as_published(data, fold, bundle, training),
    }
    path = WEIGHTS / ENSEMBLE
    card = json.loads(path.read_text())
    card["figures"]["test" if test else "selection"] = short(figures)
    take_kept(card)
    path.write_text(json.dumps(card, indent=1) + "\n")
    if test:
        log(bundle, figures)
    # After the log: the card shows what every grader gave, this one included.
    write_model_card(card)
    _print([*located, *outlined, *refused, *together], graded, calibrated)


def _print(
    others: Sequence[Located | Outlined | Refused | Pooled],
    graded: Sequence[Graded],
    calibrated: Sequence[Calibrated],
) -> None:
    for other in others:
        print(other)
    for g in graded:
        alone = ", ".join(f"{name.removeprefix('grader-')} {value:.3f}" for name, value in g.members.items())
        print(
            f"{g.source} {g.sequence} {g.condition}>={g.at_least}: AUROC {g.auroc:.3f} ({g.low:.3f}-{g.high:.3f}), "
            f"{g.positives} of {g.discs}; {alone}; kappa {g.kappa:.2f}; coverage {g.coverage}, size {g.set_size}"
        )
    for c in calibrated:
        print(
            f"{c.condition}: calibration error {c.error:.3f} ({c.low:.3f}-{c.high:.3f}), coverage {c.coverage}"
        )
