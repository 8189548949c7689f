"""The shipped networks on pictures with known truth, read as the product reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.types import SETS_IN_ORDER, Answered, Located, Picture
from spine_core.grading.crops import disc_image
from spine_core.grading.findings import grade_probabilities
from spine_core.grading.measure import measure_disc
from spine_core.networks.registry import Bundle
from spine_core.training.datasets.crop_cache import series_of

NEAR = 0.2
"""A disc is found where it lies within this many disc distances of its mark, at the right level."""
NAMED = 0.5
"""Within this many disc distances it is the disc of that name, well placed or not."""


def answer(
    pictures: Sequence[Picture], bundle: Bundle, progress: Callable[[int], None] = lambda done: None
) -> tuple[list[Located], list[Answered]]:
    """Reads every picture by itself with the product's own localiser and grader."""
    looked: dict[tuple[str, str], list[_Look]] = {}
    answers: list[Answered] = []
    for done, picture in enumerate(pictures):
        progress(done)
        anatomy = bundle.detect_and_segment(series_of(picture))
        found = {disc.level: disc for disc in anatomy.discs}
        look = _Look(picture.patient, tuple(_misses(picture, found)), anatomy.level_certain)
        looked.setdefault((picture.source, picture.sequence), []).append(look)
        if found:
            answers += _answers(picture, found, anatomy.masks, bundle)
    keys = sorted(looked, key=lambda key: (SETS_IN_ORDER.index(key[0]), key[1]))
    located = [_located(*key, [look for look in looked[key] if look.misses]) for key in keys]
    return [row for row in located if row is not None], answers


@dataclass(frozen=True)
class _Look:
    """One picture: distance of every marked disc in disc distances, None where its level was not found."""

    patient: str
    misses: tuple[float | None, ...]
    certain: bool

    @property
    def miscounted(self) -> bool:
        return sum(miss is None or miss > NAMED for miss in self.misses) > len(self.misses) / 2


def _misses(picture: Picture, found: Mapping[str, Disc]) -> Iterator[float | None]:
    for label in picture.discs:
        mark = label.center or label.posterior
        if label.level in LEVELS and mark is not None:
            disc = found.get(label.level)
            place = disc and (disc.center_px if label.center else disc.posterior_px)
            yield float(np.hypot(*np.subtract(place, mark))) / picture.pitch if place else None


def _answers(
    picture: Picture, found: Mapping[str, Disc], masks: Mapping[int, npt.NDArray[np.uint8]], bundle: Bundle
) -> list[Answered]:
    series = series_of(picture)
    weighting = "t1" if picture.sequence == "t1" else "t2"
    images = [
        disc_image(bundle.grader.preprocessing, disc, {weighting: series}, masks) for disc in found.values()
    ]
    poll = bundle.grader.predict(np.stack([image.pixels for image in images]))
    shares, voted = (
        grade_probabilities(poll.logits),
        {name: grade_probabilities(vote) for name, vote in poll.member_logits.items()},
    )
    truths = {disc.level: disc.grades for disc in picture.discs}
    return [
        Answered(
            picture.source,
            picture.sequence,
            picture.patient,
            level,
            truths.get(level, {}),
            poll.logits[row],
            {name: share[row] for name, share in shares.items()},
            {member: {name: share[row] for name, share in vote.items()} for member, vote in voted.items()},
            poll.embedding[row],
            measure_disc(images[row], bundle.grader.preprocessing, series),
            {member: vote[row] for member, vote in poll.member_logits.items()},
        )
        for row, level in enumerate(found)
    ]


def _located(source: str, sequence: str, looks: Sequence[_Look]) -> Located | None:
    """None where no disc is marked."""
    if not looks:
        return None
    misses = [miss for look in looks for miss in look.misses]
    hits = np.array([miss is not None and miss <= NEAR for miss in misses], dtype=float)
    patients = np.array([look.patient for look in looks for _ in look.misses])
    low, high = interval(patients, lambda chosen: float(hits[chosen].mean()))
    named = [miss for miss in misses if miss is not None and miss < NAMED]
    wrong, right = (
        [look for look in looks if look.miscounted],
        [look for look in looks if not look.miscounted],
    )
    return Located(
        source,
        sequence,
        len(set(patients)),
        len(misses),
        float(hits.mean()),
        low,
        high,
        float(np.median(named or [9.0])),
        len(wrong),
        sum(not look.certain for look in wrong),
        len(right),
        sum(not look.certain for look in right),
    )
