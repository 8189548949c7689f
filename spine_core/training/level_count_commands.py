"""What ``train level-counter`` and ``evaluate-levels`` do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core import __version__
from spine_core.anatomy import level_counter as network
from spine_core.anatomy.cross_series import levels_disagree
from spine_core.anatomy.detection import reference_picture, search
from spine_core.anatomy.detector import DiscDetector
from spine_core.anatomy.level_count import Counting, Logit, leads, second_opinion
from spine_core.anatomy.level_counter import LevelCounter
from spine_core.anatomy.types import Anatomy
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import Picture
from spine_core.networks.registry import COUNTER, DETECTOR, WEIGHTS
from spine_core.results.test_log import log_levels
from spine_core.training.commands import Run, say
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.phantoms import pictures as phantom_pictures
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.level_count_eval import (
    Counted,
    agreement,
    cut_below,
    fit,
    flagged,
    limit_for,
    off_by,
    own_errors,
    wrong,
    wrong_left_out,
)
from spine_core.training.models import level_counter
from spine_core.training.models.export_weights import ship
from spine_core.weights import ModelId

FALSE_FLAGS = 0.04
"""Share of right counts of fold 1 that may be flagged."""


def train_counter(run: Run) -> None:
    """Trains the second opinion on folds 2-4 and puts it with the product's.

    It is trained three times more with one of these folds left out and fold 1 in its place, so that every patient
    outside of fold 0 is counted by one that never saw them.
    """
    run.work.mkdir(parents=True, exist_ok=True)
    every = run.pictures()
    # T1 and T2 of every second phantom: they are alike.
    phantoms = [p for i, p in enumerate(phantom_pictures(TRAINING_FOLDS[:1], log=say)) if i // 2 % 2 == 0]
    localiser = DiscDetector.load(WEIGHTS / DETECTOR)
    weights, own = _trained(run, every, phantoms, TRAINING_FOLDS)
    aside = [p for p in every if p.fold == CALIBRATION_FOLD and p.source != "spider_space"]
    calibration = list(count_all(aside, localiser, own))
    apart = list(calibration)
    for fold in TRAINING_FOLDS:
        folds = tuple(sorted({CALIBRATION_FOLD, *TRAINING_FOLDS} - {fold}))
        own_fold = [p for p in every if p.fold == fold and p.source != "spider_space"]
        apart += count_all(own_fold, localiser, _trained(run, every, phantoms, folds)[1])
    path = ship(
        weights,
        WEIGHTS / COUNTER,
        name="level-counter",
        version=__version__,
        architecture="convolutional, 300 k parameters",
        command=f"python -m spine_core train level-counter --seed {run.seed}",
    )
    rng = np.random.default_rng(run.seed)
    cut = list(count_all([c for p in aside if (c := cut_below(p, rng)) is not None], localiser, own))
    logit = fitted(calibration, cut)
    shares = wrong_left_out(calibration, cut)
    left_out = flagged("fold 1, weights fitted without the patient", calibration, shares >= logit.limit)
    ended = flagged("fold 1, pictures that end near L5/S1", cut, wrong(cut, logit) >= logit.limit)
    own_doubt = own_errors("folds 1-4, the second opinion's own errors", apart, FALSE_FLAGS)
    figures = {
        "own_errors": asdict(own_doubt),
        "agreed": [asdict(row) for row in agreement(apart)],
        "left_out": asdict(left_out),
        "cut": asdict(ended),
    }
    _into_card(path, {"logit": asdict(logit), "figures": figures})
    for row in (*agreement(apart), own_doubt, left_out, ended, logit):
        say(str(row))


def fitted(calibration: Sequence[Counted], cut: Sequence[Counted]) -> Logit:
    """The weights, and the lowest limit that flags no more than ``FALSE_FLAGS`` of the right counts."""
    logit = fit(calibration, cut)
    right = np.array([c.off == 0 for c in calibration])
    return replace(logit, limit=limit_for(wrong(calibration, logit), right, FALSE_FLAGS))


def _trained(
    run: Run, every: Sequence[Picture], phantoms: Sequence[Picture], folds: tuple[int, ...]
) -> tuple[dict[str, Any], LevelCounter]:
    name = "".join(map(str, folds))
    say(f"level counter of folds {', '.join(map(str, folds))}")
    module: Any = network.build()
    pictures = [*level_counter.learned_from(every, folds), *phantoms]
    out = run.work / f"level-counter-{name}.pt"
    weights = level_counter.train(pictures, out, seed=run.seed, device=run.device, log=say)
    module.load_state_dict(weights)
    return weights, LevelCounter(ModelId(f"level-counter-{name}", __version__, ""), module.eval())


def count_all(pictures: Sequence[Picture], localiser: DiscDetector, own: LevelCounter) -> Iterator[Counted]:
    """Every picture with marked discs as the product counts them, but for pictures in which no disc is found."""
    for picture in pictures:
        _, counted = _count(picture, localiser, own)
        if counted is not None:
            yield counted


def _count(picture: Picture, localiser: DiscDetector, own: LevelCounter) -> tuple[Anatomy, Counted | None]:
    series = series_of(picture)
    anatomy, count = search(localiser, series)
    off = off_by(picture, [(d.level, d.center_px, d.posterior_px) for d in anatomy.discs])
    if count is None or not any(disc.center or disc.posterior for disc in picture.discs):
        return anatomy, None
    picture_of_it = reference_picture(series, count)
    opinion, base = second_opinion(own, count, picture_of_it, series.row_to_column_spacing)
    rows = leads(count.support, count.shift, opinion, base)
    return anatomy, Counted(picture.source, picture.patient, picture.name, off, rows, opinion, base)


def evaluate_levels(data: Path, *, test: bool) -> None:
    """Prints how many wrong and right counts the shipped networks flag, and keeps it. ``test``: fold 0, else fold 1."""
    fold = TEST_FOLD if test else CALIBRATION_FOLD
    counting, localiser = Counting.load(WEIGHTS / COUNTER), DiscDetector.load(WEIGHTS / DETECTOR)
    pictures = [p for p in read_all(data, space=False) if p.fold == fold]
    found = [(picture, *_count(picture, localiser, counting.counter)) for picture in pictures]
    known = [(picture, anatomy, counted) for picture, anatomy, counted in found if counted is not None]
    counted = [one for _, _, one in known]
    shares = wrong(counted, counting.logit)
    alone = shares >= counting.logit.limit
    apart = named_apart_of([(picture, anatomy) for picture, anatomy, _ in known])
    rows = [
        flagged(f"fold {fold}, every picture by itself", counted, alone),
        flagged(f"fold {fold}, T1 and T2 of one examination read together", counted, alone | apart),
    ]
    agreed = agreement(counted)
    figures = {"flagged": [asdict(row) for row in rows], "agreed": [asdict(row) for row in agreed]}
    _into_card(WEIGHTS / COUNTER, {"test" if test else "selection": figures})
    if test:
        alone_row = rows[0]
        counts = {
            "wrong": alone_row.wrong,
            "wrong flagged": alone_row.wrong_flagged,
            "right": alone_row.right,
            "right flagged": alone_row.right_flagged,
        }
        log_levels(localiser.id, counting.id, counts)
    for row in [*rows, *agreed]:
        say(str(row))
    for (picture, _, one), share in zip(known, shares, strict=True):
        if one.off != 0:
            say(f"{picture.name}: off by {one.off}, probability of a wrong count {share:.3f}")


def named_apart_of(read: Sequence[tuple[Picture, Anatomy]]) -> npt.NDArray[np.bool_]:
    """Whether T1 and T2 of one examination name the discs of each picture differently, (n,)."""
    by_name = {(picture.source, picture.name): (picture, anatomy) for picture, anatomy in read}
    return np.array([_apart(*one, by_name.get((one[0].source, _twin(one[0])))) for one in read])


def _twin(picture: Picture) -> str:
    """Name of the picture with the other weighting of the same examination, in either spelling of the sets."""
    own, other = ("t1", "t2") if picture.sequence == "t1" else ("t2", "t1")
    return picture.name.replace(f"_{own}", f"_{other}").replace(f"_{own.upper()}", f"_{other.upper()}")


def _apart(picture: Picture, anatomy: Anatomy, beside: tuple[Picture, Anatomy] | None) -> bool:
    if beside is None:
        return False
    return levels_disagree(anatomy.discs, series_of(picture), beside[1].discs, series_of(beside[0]))


def _into_card(weights: Path, more: Mapping[str, Any]) -> None:
    path = weights.with_suffix(".json")
    card = json.loads(path.read_text())
    figures = {**card.get("figures", {}), **more.get("figures", {})}
    card |= {**more, "figures": figures}
    path.write_text(json.dumps(card, indent=1) + "\n")
