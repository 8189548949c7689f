"""How many labels may be wrong: confident learning, from answers about discs that the answering network did not know.

Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021, arXiv 1911.00068.
A disc speaks for an answer where the network is at least as sure of it as it is on the average of the discs that are
labelled so. Where what a disc speaks for is not its label, either the label or the network is wrong: the share of such
discs is an estimate from above.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.metrics import Array, Truth


def confident_joint(labels: Truth, score: Array) -> npt.NDArray[np.int64]:
    """Discs by label (row, absent first) and by what they speak for (column); those that speak for nothing are out.

    ``score``: the probability (N,) of a positive label. Both labels must occur.
    """
    shares = np.stack([1 - score, score], axis=1)
    bounds = np.array([shares[labels == answer, answer].mean() for answer in (0, 1)])
    sure = shares >= bounds
    speaks = sure.any(axis=1)
    speaks_for = np.where(sure, shares, -1.0).argmax(axis=1)
    joint = np.zeros((2, 2), dtype=np.int64)
    np.add.at(joint, (labels[speaks].astype(int), speaks_for[speaks]), 1)
    return joint


def wrong_labels(labels: Truth, score: Array) -> float:
    """Share of the labels that look wrong; nan where only one answer is labelled.

    Discs that speak for nothing are taken to be like the others of their label (equation 3 of the paper).
    """
    if labels.all() or not labels.any():
        return float("nan")
    joint = confident_joint(labels, score)
    spoken = joint.sum(axis=1)
    if not spoken.all():
        return float("nan")
    counts = np.array([(~labels).sum(), labels.sum()])
    other = joint[[0, 1], [1, 0]] / spoken * counts
    return float(other.sum() / len(labels))
