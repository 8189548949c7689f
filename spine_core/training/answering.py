"""The shipped networks on pictures with known truth, read as the product reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.locate import locate
from spine_core.anatomy.measure import Measurements
from spine_core.anatomy.model import LEVELS, Disc
from spine_core.grading.bundle import Bundle
from spine_core.grading.findings import shares_of
from spine_core.grading.image import disc_image
from spine_core.grading.measured import measured
from spine_core.training.bootstrap import interval
from spine_core.training.crops import series_of
from spine_core.training.data import Picture

NEAR = 0.2
"""A disc is found where it lies within this many disc distances of its mark, at the right level."""
SETS_IN_ORDER = ("sudirman", "spider", "phantom")


@dataclass(frozen=True)
class Located:
    """How well discs are found in one set and weighting."""

    source: str
    sequence: str
    patients: int
    discs: int
    found: float
    low: float
    high: float
    median_error: float
    """Median distance to the mark in disc distances, over discs given the right level."""


@dataclass(frozen=True, eq=False)
class Answered:
    """One disc with its truth and its answers.

    ``logits``: calibrated, (LOGITS,). ``shares``: probability of every grade by condition. ``votes``: the same by each
    member of the ensemble. ``pooled``: what the networks saw, (C,).
    ``measured``: on the masks.
    """

    source: str
    sequence: str
    patient: str
    level: str
    truth: Mapping[str, int]
    logits: npt.NDArray[np.float32]
    shares: Mapping[str, npt.NDArray[np.float32]]
    votes: Mapping[str, Mapping[str, npt.NDArray[np.float32]]]
    pooled: npt.NDArray[np.float32]
    measured: Measurements


def answer(
    pictures: Sequence[Picture], bundle: Bundle, progress: Callable[[int], None] = lambda done: None
) -> tuple[list[Located], list[Answered]]:
    """Reads every picture by itself with the product's own localiser and grader."""
    errors: dict[tuple[str, str], list[tuple[str, float | None]]] = {}
    answers: list[Answered] = []
    for done, picture in enumerate(pictures):
        progress(done)
        anatomy = locate(bundle.localiser, series_of(picture))
        found = {disc.level: disc for disc in anatomy.discs}
        errors.setdefault((picture.source, picture.sequence), []).extend(_misses(picture, found))
        if found:
            answers += _answers(picture, found, anatomy.masks, bundle)
    keys = sorted(errors, key=lambda key: (SETS_IN_ORDER.index(key[0]), key[1]))
    return [_located(*key, errors[key]) for key in keys if errors[key]], answers


def _misses(picture: Picture, found: Mapping[str, Disc]) -> list[tuple[str, float | None]]:
    """Patient and distance to the mark in disc distances, None where the level was not found."""
    out: list[tuple[str, float | None]] = []
    for label in picture.discs:
        mark = label.center or label.posterior
        if label.level not in LEVELS or mark is None:
            continue
        disc = found.get(label.level)
        place = disc and (disc.center_px if label.center else disc.posterior_px)
        miss = float(np.hypot(*np.subtract(place, mark))) / picture.pitch if place else None
        out.append((picture.patient, miss))
    return out


def _answers(
    picture: Picture, found: Mapping[str, Disc], masks: Mapping[int, npt.NDArray[np.uint8]], bundle: Bundle
) -> list[Answered]:
    series = series_of(picture)
    weighting = "t1" if picture.sequence == "t1" else "t2"
    images = [disc_image(bundle.grader.contract, disc, {weighting: series}, masks) for disc in found.values()]
    poll = bundle.grader.poll(np.stack([image.pixels for image in images]))
    shares, voted = shares_of(poll.answers), {name: shares_of(vote) for name, vote in poll.votes.items()}
    truths = {disc.level: disc.grades for disc in picture.discs}
    return [
        Answered(
            picture.source,
            picture.sequence,
            picture.patient,
            level,
            truths.get(level, {}),
            poll.answers[row],
            {name: share[row] for name, share in shares.items()},
            {member: {name: share[row] for name, share in vote.items()} for member, vote in voted.items()},
            poll.pooled[row],
            measured(images[row], bundle.grader.contract, series),
        )
        for row, level in enumerate(found)
    ]


def _located(source: str, sequence: str, rows: list[tuple[str, float | None]]) -> Located:
    hits = np.array([miss is not None and miss <= NEAR for _, miss in rows], dtype=float)
    patients = np.array([patient for patient, _ in rows])
    low, high = interval(patients, lambda chosen: float(hits[chosen].mean()))
    right = [miss for _, miss in rows if miss is not None and miss < 0.5]
    return Located(
        source,
        sequence,
        len(set(patients)),
        len(rows),
        float(hits.mean()),
        low,
        high,
        float(np.median(right or [9.0])),
    )
