"""What ``python -m spine_core train lessons`` does: the teachers' answers together, and what they are worth.

A teacher knows nothing of the patients about whom it answers, so that its figures over all training patients are fair:
they say what networks like these can learn of the labels, on many more discs than the test has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.detector import DiscDetector
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.metrics import QUESTIONS, auroc
from spine_core.evaluation.types import SETS_IN_ORDER
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.grading_network import Preprocessing
from spine_core.networks.registry import DETECTOR, WEIGHTS
from spine_core.training.ablations.metrics import Estimate, agreement
from spine_core.training.ablations.predictions import Prediction, read, said, write
from spine_core.training.commands import Run, cut, learners_of, say
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.distillation import teachers
from spine_core.training.evaluation.label_noise import wrong_labels

KEPT = teachers.KEPT.with_name("teachers.csv.gz")
"""What each teacher said of the discs that it did not learn from."""
TOGETHER = "together"
BOTH = "both"
"""In the place of a weighting: teachers are asked with all there are."""


@dataclass(frozen=True)
class Worth:
    """How well the teachers answer one question of one set about training patients whom they do not know.

    ``auroc`` with ``low`` and ``high``: of all together. ``kappa``: quadratic, of all together, where grades are
    ordered. ``wrong``: share of the labels that look wrong (``noise``). ``alone``: AUROC of the teachers of each
    backbone.
    """

    source: str
    condition: str
    at_least: str
    patients: int
    discs: int
    positives: int
    auroc: float
    low: float
    high: float
    kappa: Estimate | None
    wrong: Estimate
    alone: Mapping[str, float]


def gather_lessons(run: Run) -> None:
    """Keeps what teachers say together of every training disc, and what each said, for the model card."""
    teachers.answered(run.work)
    own = learners_of(cut(run, Preprocessing(), DiscDetector.load(WEIGHTS / DETECTOR)))
    answers = teachers.gathered(run.work, own)
    taught = teachers.together(answers, own)
    teachers.save(teachers.KEPT, taught, own, answers)
    write(KEPT, command(tuple(answers), run), list(answers_told({TOGETHER: taught, **answers}, own)))
    say(f"{len(taught)} discs taught by {', '.join(answers)}")


def command(backbones: Sequence[str], run: Run) -> str:
    """What makes the answers anew, in one line."""
    device = "" if run.device == "cpu" else f" --device {run.device}"
    return (
        f"python -m spine_core train teacher --backbone B --part K --seed {run.seed}{device} for B in "
        f"{', '.join(backbones)} and K from 0 to {teachers.PARTS - 1}, then python -m spine_core train lessons"
    )


def answers_told(answers: Mapping[str, npt.NDArray[np.float32]], crops: Crops) -> Iterator[Prediction]:
    """The ``answers`` (N, LOGITS) about every labelled disc of patients, those above L1/L2 left out."""
    told = np.array([key[0] != "phantom" and key[3] != "other" for key in crops.keys])
    part = crops.where(told.tolist())
    for arm, logits in answers.items():
        yield from said(logits[told], part, part.present, BOTH, arm, BY_NAME)


def worth() -> dict[str, Any] | None:
    """The kept answers' figures and the command that made them; None where none are kept."""
    if not KEPT.is_file():
        return None
    made_by, predictions = read(KEPT)
    groups: dict[tuple[str, str], dict[str, list[Prediction]]] = defaultdict(lambda: defaultdict(list))
    for one in predictions:
        groups[(one.source, one.condition)][one.arm].append(one)
    asked = [name for name, _ in QUESTIONS]
    order = sorted(groups, key=lambda group: (SETS_IN_ORDER.index(group[0]), asked.index(group[1])))
    return {"command": made_by, "rows": [asdict(_worth(groups[group])) for group in order]}


def _worth(by_arm: Mapping[str, Sequence[Prediction]]) -> Worth:
    first = by_arm[TOGETHER]
    patients = np.array([one.patient for one in first])
    truth = np.array([one.truth for one in first])
    scores = {arm: np.array([one.score for one in own]) for arm, own in by_arm.items()}
    every = scores.pop(TOGETHER)
    low, high = interval(patients, lambda chosen: auroc(truth[chosen], every[chosen]))
    return Worth(
        first[0].source, first[0].condition, first[0].at_least, len(set(patients)), len(first), int(truth.sum()),
        auroc(truth, every), low, high,
        agreement(first),
        Estimate(wrong_labels(truth, every), *interval(patients, lambda own: wrong_labels(truth[own], every[own]))),
        {arm: auroc(truth, score) for arm, score in scores.items()},
    )  # fmt: skip
