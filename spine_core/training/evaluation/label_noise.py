"""Label noise by confident learning, from out-of-fold predictions.

Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021, arXiv 1911.00068.
A disc is counted for a class if the predicted probability of that class is at least the mean over the discs labelled
with it. If this class differs from the label, either the label or the network is wrong, so the fraction of such discs
is an upper estimate of the label noise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.metrics import Array, Truth


def confident_joint(labels: Truth, score: Array) -> npt.NDArray[np.int64]:
    """Number of discs by label (row, absent first) and by confidently predicted class (column); others are not counted.

    ``score``: predicted probability (N,) of the positive class. Both labels must occur.
    """
    probabilities = np.stack([1 - score, score], axis=1)
    bounds = np.array([probabilities[labels == label, label].mean() for label in (0, 1)])
    confident = probabilities >= bounds
    counted = confident.any(axis=1)
    suggested = np.where(confident, probabilities, -1.0).argmax(axis=1)
    joint = np.zeros((2, 2), dtype=np.int64)
    np.add.at(joint, (labels[counted].astype(int), suggested[counted]), 1)
    return joint


def wrong_labels(labels: Truth, score: Array) -> float:
    """Estimated fraction of wrong labels; nan if there is only one class.

    Discs without a confident prediction are assumed to be like the others of their label (equation 3 of the paper).
    """
    if labels.all() or not labels.any():
        return float("nan")
    joint = confident_joint(labels, score)
    row_sums = joint.sum(axis=1)
    if not row_sums.all():
        return float("nan")
    counts = np.array([(~labels).sum(), labels.sum()])
    other = joint[[0, 1], [1, 0]] / row_sums * counts
    return float(other.sum() / len(labels))
