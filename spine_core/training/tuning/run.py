"""What ``python -m spine_core train search`` does: trains one network per choice and scores it on fold 1."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from spine_core.evaluation.metrics import auroc
from spine_core.evaluation.splits import CALIBRATION_FOLD
from spine_core.networks.grading_network import Preprocessing
from spine_core.results.experiments import BACKBONE, BOTH
from spine_core.results.tuning import KEPT, SEARCH, Setting, Trial, Values
from spine_core.results.tuning_trials import read, write
from spine_core.training.ablations.predictions import Prediction, ask_each, predict, taught
from spine_core.training.ablations.run import cut_both, fitted, options, settled
from spine_core.training.commands import Run, raw_logits, say
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.model_card.stored_results import retell
from spine_core.training.models import grader, initialisation
from spine_core.training.tuning.sampler import propose


def run_search(run: Run, trials: int) -> Path:
    """The search on the data's patients until there are ``trials``, which go into the model card; returns the table."""
    learned, held_out = cut_both(run)
    of_patients = learned.where([key[0] in BOTH for key in learned.keys])
    path = search(of_patients, held_out, run, SEARCH, trials, KEPT)
    retell()
    return path


def search(learned: Crops, held_out: Crops, run: Run, setting: Setting, trials: int, kept: Path) -> Path:
    """Trains each choice on ``learned``, asks it about fold 1 of ``held_out``, and writes ``kept`` after every one.

    The same table in ``run.work`` is what a killed search goes on from; the trial that was cut off goes on from its
    last finished epoch. Test patients are left out before anything is asked.
    """
    contract = replace(Preprocessing(), size=setting.size)
    learned = fitted(learned, contract)
    aside = fitted(held_out.where([key[2] == CALIBRATION_FOLD for key in held_out.keys]), contract)
    own = run.work / f"search-{run.seed}.csv"
    before = read(own)
    done = [] if before is None else list(before.trials)
    command = f"python -m spine_core train search --seed {run.seed} --trials {trials}{options(run)}"
    while len(done) < trials:
        values, state = propose(done, run.seed), run.work / f"search-{run.seed}-{len(done)}.pt"
        say(f"trial {len(done) + 1} of {trials}: {values}")
        done.append(_try(len(done), values, learned, aside, run, setting, state))
        say(f"{done[-1]}")
        write(kept, command, done)
        write(own, command, done)
        # Forty megabytes each, and of no more use.
        state.unlink()
    say(f"{len(done)} trials in {kept}")
    return kept


def _try(
    number: int, values: Values, learned: Crops, aside: Crops, run: Run, setting: Setting, state: Path
) -> Trial:
    begin = time.monotonic()
    contract, plan = replace(Preprocessing(), size=setting.size), setting.plan(values)
    weights = grader.train(
        learned, contract, state, backbone=BACKBONE, plan=plan,
        start=initialisation.imagenet_lite(BACKBONE, len(contract.channels)), seed=run.seed, device=run.device, log=say,
    )  # fmt: skip
    net = settled(BACKBONE, weights, learned, contract, run.seed, plan)
    asked = ask_each(partial(raw_logits, net), aside, contract)
    areas = areas_by_set(predict(asked, f"trial {number}", taught(learned)))
    every = [area for own in areas.values() for area in own]
    return Trial(
        number, values, _mean(every), _mean(areas["sudirman"]), _mean(areas["spider"]),
        round(time.monotonic() - begin),
    )  # fmt: skip


def areas_by_set(predictions: Iterable[Prediction]) -> dict[str, list[float]]:
    """By set, the AUROC of each weighting and question for which both answers occur."""
    groups: dict[tuple[str, str, str], list[Prediction]] = defaultdict(list)
    for one in predictions:
        groups[(one.source, one.sequence, one.condition)].append(one)
    areas = defaultdict(list)
    for (source, _, _), asked in groups.items():
        truth = np.array([one.truth for one in asked])
        if truth.any() and not truth.all():
            areas[source].append(auroc(truth, np.array([one.score for one in asked])))
    return areas


def _mean(areas: list[float]) -> float:
    return round(float(np.mean(areas)), 4)
