"""Predictions of an experiment's networks for every disc, stored as CSV: metrics need no network afterwards."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.affine_calibration import fit_affine
from spine_core.evaluation.metrics import TASKS
from spine_core.evaluation.splits import CALIBRATION_FOLD
from spine_core.grading.findings import grade_probabilities
from spine_core.networks.conditions import BY_NAME, CONDITIONS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.models.crop_augmentation import plain_views
from spine_core.training.models.targets_and_loss import T1, T2, logit_targets, visible_labels

Predictor = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""From images (N, 2, size, size) to logits (N, LOGITS)."""

SEQUENCES = (("t2", T2), ("t1", T1))
"""Every disc is predicted from each weighting alone, as in ``evaluate``."""
CONDITION_COLUMN = {condition.name: i for i, condition in enumerate(CONDITIONS)}


@dataclass(frozen=True)
class Prediction:
    """One network's prediction for one task of one disc on one weighting.

    ``arm``: the network's name in its experiment. ``label``, ``grade``: the labelled and the most likely grade.
    ``score``: predicted probability of ``at_least`` this grade. ``patient``: the dataset's own number.
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


COLUMNS = tuple(field.name for field in fields(Prediction))


def labelled_conditions(crops: Crops) -> set[str]:
    """Conditions with at least one label in ``crops``."""
    known = (crops.labels != UNKNOWN).any(axis=(0, 1))
    return {condition.name for condition, any_label in zip(CONDITIONS, known, strict=True) if any_label}


@dataclass(frozen=True, eq=False)
class SequenceLogits:
    """Logits (N, LOGITS) of ``crops`` on one weighting, ``sequence``. ``use``: its input channel, bool (N, 2)."""

    sequence: str
    crops: Crops
    use: npt.NDArray[np.bool_]
    logits: npt.NDArray[np.float32]


def predict_each_sequence(
    predict: Predictor, crops: Crops, preprocessing: Preprocessing
) -> Iterator[SequenceLogits]:
    """Predicts every disc on each weighting, without discs above L1/L2, which the product does not grade."""
    for sequence, channel in SEQUENCES:
        lumbar = [key[3] != "other" for key in crops.keys]
        part = crops.where((crops.present[:, channel] & lumbar).tolist())
        use = np.zeros((len(part.keys), len(SEQUENCES)), dtype=bool)
        use[:, channel] = True
        if len(use):
            yield SequenceLogits(sequence, part, use, predict(plain_views(part, preprocessing, use)))


def calibrate(parts: Sequence[SequenceLogits]) -> list[SequenceLogits]:
    """The same with calibrated logits: an affine map per logit, fitted on the selection patients (fold 1)."""
    raws, targets, known = [], [], []
    for one in parts:
        selection = np.array([key[2] == CALIBRATION_FOLD for key in one.crops.keys])
        own_targets, own_known = logit_targets(visible_labels(one.crops.labels, one.use))
        raws.append(one.logits[selection])
        targets.append(own_targets[selection])
        known.append(own_known[selection])
    slope, offset = fit_affine(
        np.concatenate(raws).astype(np.float64), np.concatenate(targets), np.concatenate(known)
    )
    return [replace(one, logits=np.asarray(one.logits * slope + offset, dtype=np.float32)) for one in parts]


def predictions_of_all(
    parts: Iterable[SequenceLogits], arm: str, conditions: Container[str]
) -> Iterator[Prediction]:
    """Predictions for every labelled disc. ``conditions``: those that the network was trained on."""
    for one in parts:
        yield from predictions_of(one.logits, one.crops, one.use, one.sequence, arm, conditions)


def predictions_of(
    logits: npt.NDArray[np.float32],
    crops: Crops,
    use: npt.NDArray[np.bool_],
    sequence: str,
    arm: str,
    conditions: Container[str],
) -> Iterator[Prediction]:
    """Predictions for every labelled disc from ``logits`` (N, LOGITS), computed on the input channels ``use`` (N, 2).

    ``sequence``: the name of these channels. ``conditions``: those to include.
    """
    probabilities, labels = grade_probabilities(logits), visible_labels(crops.labels, use)
    for name, at_least in TASKS:
        if name not in conditions:
            continue
        grades = BY_NAME[name].grades
        score = probabilities[name][:, grades.index(at_least) :].sum(axis=1)
        most_likely = probabilities[name].argmax(axis=1)
        for row in np.flatnonzero(labels[:, CONDITION_COLUMN[name]] != UNKNOWN):
            source, patient, fold, level = crops.keys[row]
            yield Prediction(
                source, patient, fold, level, sequence, arm, name, at_least,
                str(labels[row, CONDITION_COLUMN[name]]), grades[most_likely[row]], float(f"{score[row]:.6g}"),
            )  # fmt: skip


def write_predictions(path: Path, command: str, predictions: Sequence[Prediction]) -> None:
    """Writes a gzipped CSV; its first line is a comment with the command. Equal rows give equal bytes."""
    text = io.StringIO()
    text.write(f"# {command}\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(astuple(one) for one in predictions)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def read_predictions(path: Path) -> tuple[str, list[Prediction]]:
    """The command and the predictions that ``write_predictions`` wrote. Raises ``ValueError`` for other columns."""
    with gzip.open(path, "rt", newline="") as handle:
        command = handle.readline().removeprefix("#").strip()
        rows = csv.DictReader(handle)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            msg = f"{path.name} has other columns than this version writes; run {command or 'its command'} again"
            raise ValueError(msg)
        return command, [
            Prediction(
                row["source"], row["patient"], int(row["fold"]), row["level"], row["sequence"], row["arm"],
                row["condition"], row["at_least"], row["label"], row["grade"], float(row["score"]),
            )
            for row in rows
        ]  # fmt: skip
