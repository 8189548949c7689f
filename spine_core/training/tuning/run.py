"""``tune``: trains one network per trial and scores it on the selection patients (fold 1)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from spine_core.evaluation.datasets import PATIENT_DATASETS
from spine_core.evaluation.metrics import auroc
from spine_core.evaluation.splits import CALIBRATION_FOLD
from spine_core.networks.preprocessing import Preprocessing
from spine_core.results.experiments import BACKBONE
from spine_core.results.tuning import TRIAL_SETTINGS, TRIALS_FILE, HyperParameters, Trial, TrialSettings
from spine_core.results.tuning_trials import read_trials, write_trials
from spine_core.training.ablations.predictions import (
    Prediction,
    labelled_conditions,
    predict_each_sequence,
    predictions_of_all,
)
from spine_core.training.ablations.run import (
    command_options,
    resized_for,
    training_and_held_out_crops,
    with_batch_norm_of,
)
from spine_core.training.commands import TrainingRun, raw_logits, report
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.model_card.stored_results import rewrite_cards
from spine_core.training.models import grader, initialisation
from spine_core.training.tuning.sampler import propose


def run_tuning(run: TrainingRun, trials: int) -> Path:
    """Runs trials until there are ``trials`` in total and updates the model card; returns the table of trials."""
    training, held_out = training_and_held_out_crops(run)
    patients = training.where([key[0] in PATIENT_DATASETS for key in training.keys])
    path = tune(patients, held_out, run, TRIAL_SETTINGS, trials, TRIALS_FILE)
    rewrite_cards()
    return path


def tune(
    training: Crops, held_out: Crops, run: TrainingRun, settings: TrialSettings, trials: int, path: Path
) -> Path:
    """Trains each trial on ``training``, scores it on fold 1 of ``held_out`` and writes ``path`` after each.

    A copy of the table in ``run.checkpoint_dir`` is what an interrupted search resumes from; the interrupted trial
    resumes from its last finished epoch. Test patients are removed before any prediction.
    """
    preprocessing = replace(Preprocessing(), size=settings.size)
    training = resized_for(training, preprocessing)
    selection = resized_for(
        held_out.where([key[2] == CALIBRATION_FOLD for key in held_out.keys]), preprocessing
    )
    copy = run.checkpoint_dir / f"tuning-{run.seed}.csv"
    before = read_trials(copy)
    done = [] if before is None else list(before.trials)
    command = f"python -m spine_core tune --seed {run.seed} --trials {trials}{command_options(run)}"
    while len(done) < trials:
        values = propose(done, run.seed)
        state = run.checkpoint_dir / f"tuning-{run.seed}-{len(done)}.pt"
        report(f"trial {len(done) + 1} of {trials}: {values}")
        done.append(_run_trial(len(done), values, training, selection, run, settings, state))
        report(f"{done[-1]}")
        write_trials(path, command, done)
        write_trials(copy, command, done)
        # 40 MB each, and not needed any more.
        state.unlink()
    report(f"{len(done)} trials in {path}")
    return path


def _run_trial(
    number: int,
    values: HyperParameters,
    training: Crops,
    selection: Crops,
    run: TrainingRun,
    settings: TrialSettings,
    state: Path,
) -> Trial:
    begin = time.monotonic()
    preprocessing, plan = replace(Preprocessing(), size=settings.size), settings.plan(values)
    weights = grader.train(
        training, preprocessing, state, backbone=BACKBONE, plan=plan,
        start=initialisation.imagenet_lite(BACKBONE, len(preprocessing.channels)), seed=run.seed, device=run.device,
        log=report,
    )  # fmt: skip
    net = with_batch_norm_of(BACKBONE, weights, training, preprocessing, run.seed, plan)
    logits = predict_each_sequence(partial(raw_logits, net), selection, preprocessing)
    aurocs = auroc_by_dataset(predictions_of_all(logits, f"trial {number}", labelled_conditions(training)))
    return Trial(
        number,
        values,
        _mean([value for own in aurocs.values() for value in own]),
        _mean(aurocs["sudirman"]),
        _mean(aurocs["spider"]),
        round(time.monotonic() - begin),
    )


def auroc_by_dataset(predictions: Iterable[Prediction]) -> dict[str, list[float]]:
    """By dataset, the AUROC of each weighting and task with labels of both classes."""
    groups: dict[tuple[str, str, str], list[Prediction]] = defaultdict(list)
    for one in predictions:
        groups[(one.source, one.sequence, one.condition)].append(one)
    aurocs = defaultdict(list)
    for (source, _, _), own in groups.items():
        truth = np.array([one.truth for one in own])
        if truth.any() and not truth.all():
            aurocs[source].append(auroc(truth, np.array([one.score for one in own])))
    return aurocs


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 4)
