"""What the networks of an experiment said of every disc, kept as CSV so that figures can be worked out without them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.metrics import QUESTIONS
from spine_core.evaluation.splits import CALIBRATION_FOLD
from spine_core.grading.findings import grade_probabilities
from spine_core.networks.conditions import BY_NAME, CONDITIONS
from spine_core.networks.grading_network import Preprocessing
from spine_core.training.calibration.affine import fit
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.models.crop_augmentation import plain_views
from spine_core.training.models.targets_and_loss import T1, T2, labels_seen, targets

Ask = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""From pictures (N, 2, size, size) to logits (N, LOGITS)."""

SEQUENCES = (("t2", T2), ("t1", T1))
"""Every disc is asked about on each weighting alone, as ``evaluate`` asks the shipped networks."""
COLUMN = {condition.name: i for i, condition in enumerate(CONDITIONS)}


@dataclass(frozen=True)
class Prediction:
    """One disc on one weighting, one question, one network.

    ``arm``: the network's name in its experiment. ``label``, ``grade``: the grade that people gave and the one that
    the network finds likeliest. ``score``: the probability that it gives to ``at_least`` this grade. ``patient``: the
    data set's own number.
    """

    source: str
    patient: str
    fold: int
    level: str
    sequence: str
    arm: str
    condition: str
    at_least: str
    label: str
    grade: str
    score: float

    @property
    def truth(self) -> bool:
        """Whether the label is ``at_least`` this grade."""
        grades = BY_NAME[self.condition].grades
        return grades.index(self.label) >= grades.index(self.at_least)


HEADS = tuple(field.name for field in fields(Prediction))


def taught(crops: Crops) -> set[str]:
    """Conditions of which ``crops`` hold any label."""
    known = (crops.labels != UNKNOWN).any(axis=(0, 1))
    return {condition.name for condition, any_label in zip(CONDITIONS, known, strict=True) if any_label}


@dataclass(frozen=True, eq=False)
class Asked:
    """Logits (N, LOGITS) about ``crops`` seen on one weighting, ``sequence``. ``use``: that alone, bool (N, 2)."""

    sequence: str
    crops: Crops
    use: npt.NDArray[np.bool_]
    logits: npt.NDArray[np.float32]


def ask_each(ask: Ask, crops: Crops, contract: Preprocessing) -> Iterator[Asked]:
    """Asks about every disc of ``crops`` on each weighting, those above L1/L2 left out: the product reads none."""
    for sequence, channel in SEQUENCES:
        named = [key[3] != "other" for key in crops.keys]
        part = crops.where((crops.present[:, channel] & named).tolist())
        use = np.zeros((len(part.keys), len(SEQUENCES)), dtype=bool)
        use[:, channel] = True
        if len(use):
            yield Asked(sequence, part, use, ask(plain_views(part, contract, use)))


def calibrated(asked: Sequence[Asked]) -> list[Asked]:
    """The same with the affine map per logit that is fitted on their patients of fold 1, as that of every grader is."""
    raws, wants, knows = [], [], []
    for one in asked:
        aside = np.array([key[2] == CALIBRATION_FOLD for key in one.crops.keys])
        wanted, known = targets(labels_seen(one.crops.labels, one.use))
        raws.append(one.logits[aside])
        wants.append(wanted[aside])
        knows.append(known[aside])
    slope, offset = fit(np.concatenate(raws).astype(np.float64), np.concatenate(wants), np.concatenate(knows))
    return [replace(one, logits=np.asarray(one.logits * slope + offset, dtype=np.float32)) for one in asked]


def predict(asked: Iterable[Asked], arm: str, conditions: Container[str]) -> Iterator[Prediction]:
    """What was answered about every labelled disc. ``conditions``: what the network was taught, and nothing else."""
    for one in asked:
        yield from said(one.logits, one.crops, one.use, one.sequence, arm, conditions)


def said(
    logits: npt.NDArray[np.float32],
    crops: Crops,
    use: npt.NDArray[np.bool_],
    sequence: str,
    arm: str,
    conditions: Container[str],
) -> Iterator[Prediction]:
    """What ``logits`` (N, LOGITS) say of every labelled disc of ``crops``, seen with the weightings of ``use`` (N, 2).

    ``sequence``: what these weightings are called. ``conditions``: those that are asked about.
    """
    shares, labels = grade_probabilities(logits), labels_seen(crops.labels, use)
    for name, at_least in QUESTIONS:
        if name not in conditions:
            continue
        grades = BY_NAME[name].grades
        score = shares[name][:, grades.index(at_least) :].sum(axis=1)
        likeliest = shares[name].argmax(axis=1)
        for row in np.flatnonzero(labels[:, COLUMN[name]] != UNKNOWN):
            source, patient, fold, level = crops.keys[row]
            yield Prediction(
                source, patient, fold, level, sequence, arm, name, at_least, str(labels[row, COLUMN[name]]),
                grades[likeliest[row]], float(f"{score[row]:.6g}"),
            )  # fmt: skip


def write(path: Path, command: str, predictions: Sequence[Prediction]) -> None:
    """A gzipped CSV whose first line is a comment with the command that made it. Equal rows give equal bytes."""
    text = io.StringIO()
    text.write(f"# {command}\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADS)
    rows.writerows(astuple(one) for one in predictions)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def read(path: Path) -> tuple[str, list[Prediction]]:
    """The command and the predictions of a file that ``write`` wrote. Raises ``ValueError`` for other columns."""
    with gzip.open(path, "rt", newline="") as handle:
        command = handle.readline().removeprefix("#").strip()
        rows = csv.DictReader(handle)
        if tuple(rows.fieldnames or ()) != HEADS:
            msg = f"{path.name} is not as this version writes predictions: {command or 'its experiment'} makes it anew"
            raise ValueError(msg)
        return command, [
            Prediction(
                row["source"], row["patient"], int(row["fold"]), row["level"], row["sequence"], row["arm"],
                row["condition"], row["at_least"], row["label"], row["grade"], float(row["score"]),
            )
            for row in rows
        ]  # fmt: skip
