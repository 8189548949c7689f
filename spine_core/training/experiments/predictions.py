"""What the networks of an experiment said of every disc, kept as CSV so that figures can be worked out without them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.grading.conditions import BY_NAME, CONDITIONS
from spine_core.grading.findings import shares_of
from spine_core.grading.network import Contract
from spine_core.training.answers import T1, T2, labels_seen
from spine_core.training.crops import UNKNOWN, Crops
from spine_core.training.figures import QUESTIONS
from spine_core.training.views import plain_views

Ask = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""From pictures (N, 2, size, size) to logits (N, LOGITS)."""

SEQUENCES = (("t2", T2), ("t1", T1))
"""Every disc is asked about on each weighting alone, as ``evaluate`` asks the shipped networks."""
COLUMN = {condition.name: i for i, condition in enumerate(CONDITIONS)}


@dataclass(frozen=True)
class Prediction:
    """One disc on one weighting, one question, one network.

    ``arm``: the network's name in its experiment. ``truth``: 1 where the label is ``at_least`` this grade, else 0.
    ``score``: the probability that the network gives to that, not calibrated. ``patient``: the data set's own number.
    """

    source: str
    patient: str
    fold: int
    level: str
    sequence: str
    arm: str
    condition: str
    at_least: str
    truth: int
    score: float


HEADS = tuple(field.name for field in fields(Prediction))


def taught(crops: Crops) -> set[str]:
    """Conditions of which ``crops`` hold any label."""
    known = (crops.labels != UNKNOWN).any(axis=(0, 1))
    return {condition.name for condition, any_label in zip(CONDITIONS, known, strict=True) if any_label}


def predict(
    ask: Ask, crops: Crops, contract: Contract, arm: str, conditions: set[str]
) -> Iterator[Prediction]:
    """Answers about every labelled disc of ``crops``, those above L1/L2 left out: the product does not read them.

    ``conditions``: what the network was taught; it is asked nothing else.
    """
    for sequence, channel in SEQUENCES:
        named = [key[3] != "other" for key in crops.keys]
        part = crops.where((crops.present[:, channel] & named).tolist())
        use = np.zeros((len(part.keys), len(SEQUENCES)), dtype=bool)
        use[:, channel] = True
        if not len(use):
            continue
        logits = ask(plain_views(part, contract, use))
        yield from said(logits, part, use, sequence, arm, conditions)


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
    shares, labels = shares_of(logits), labels_seen(crops.labels, use)
    for name, at_least in QUESTIONS:
        if name not in conditions:
            continue
        score = shares[name][:, BY_NAME[name].grades.index(at_least) :].sum(axis=1)
        for row in np.flatnonzero(labels[:, COLUMN[name]] != UNKNOWN):
            truth = int(labels[row, COLUMN[name]] >= int(at_least))
            source, patient, fold, level = crops.keys[row]
            yield Prediction(
                source, patient, fold, level, sequence, arm, name, at_least, truth, float(f"{score[row]:.6g}")
            )


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
    """The command and the predictions of a file that ``write`` wrote."""
    with gzip.open(path, "rt", newline="") as handle:
        command = handle.readline().removeprefix("#").strip()
        rows = csv.DictReader(handle)
        return command, [
            Prediction(
                row["source"], row["patient"], int(row["fold"]), row["level"], row["sequence"], row["arm"],
                row["condition"], row["at_least"], int(row["truth"]), float(row["score"]),
            )
            for row in rows
        ]  # fmt: skip
