"""How often what-if images of held-out patients turn the answer, and how little they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import HALF_DISC, Disc
from spine_core.evaluation.proportion import wilson
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.network import Network
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from spine_core.results.generator_results import as_json
from spine_core.study.geometry import Affine2
from spine_core.synthesis.conditions import GRADED
from spine_core.synthesis.counterfactual import what_if
from spine_core.synthesis.generator import Generator
from spine_core.synthesis.goal import grade_scores, likeliest, other_grade
from spine_core.synthesis.types import Turn, WhatIf
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.models.crop_augmentation import plain_views

SAME_PIXELS = Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0))


@dataclass(frozen=True)
class WhatIfRate:
    """What-if images of one condition, one per disc and patient, for the most probable other grade.

    ``turned`` of ``discs``, with its 95 % interval (Wilson 1927). ``change``: median over those that turned of the mean
    absolute change where the image may change, as a fraction of the intensity range. ``probability``: their median
    probability of the other grade. ``seconds``: median.
    """

    condition: str
    discs: int
    turned: int
    low: float
    high: float
    change: float
    probability: float
    seconds: float


def what_if_rates(
    crops: Crops, judge: Network, generator: Generator, count: int, seed: int, log: Callable[[str], None]
) -> list[dict[str, Any]]:
    """The rates over at most ``count`` patients of ``crops``, one random disc of each, by condition of ``GRADED``."""
    chosen = one_disc_each(crops, count, seed)
    views = plain_views(chosen, Preprocessing(), chosen.present)
    rows = []
    for condition in GRADED:
        found = []
        for pixels, key in zip(views, chosen.keys, strict=True):
            image = _image(pixels, key[3])
            first = Target(
                condition, judge.outputs[condition].condition.grades[0], output=judge.outputs[condition]
            )
            scores = grade_scores(judge, pixels[None], first)
            reported = Target(condition, likeliest(scores), output=first.output)
            goal = Target(condition, other_grade(reported, scores), output=first.output)
            found.append(what_if(judge, image, goal, generator))
        log(f"what-if images of {condition}: {len(found)}")
        rows.append(as_json(_rate(condition, found)))
    return rows


def one_disc_each(crops: Crops, count: int, seed: int) -> Crops:
    """A random lumbar disc with both weightings of each of at most ``count`` random patients."""
    rng = np.random.default_rng(seed)
    rows: dict[tuple[str, str], int] = {}
    for row in rng.permutation(len(crops.keys)):
        source, patient, _, level = crops.keys[row]
        if level != "other" and crops.present[row].all() and len(rows) < count:
            rows.setdefault((source, patient), int(row))
    keep = np.zeros(len(crops.keys), dtype=bool)
    keep[list(rows.values())] = True
    return crops.where(keep.tolist())


def _image(pixels: npt.NDArray[np.float32], level: str) -> DiscImage:
    """The crop as a disc's image; where it lay in its slice is not needed."""
    size = float(pixels.shape[-1])
    unit = size / Preprocessing().width
    disc = Disc(
        level,
        "",
        0,
        (size / 2, size / 2),
        (size / 2, size / 2 + HALF_DISC * unit),
        None,
        unit,
        (1.0, 0.0),
        1.0,
    )
    channels = tuple(Channel(name, "", 0, SAME_PIXELS) for name in ("t2", "t1"))
    return DiscImage(level, pixels, channels, disc)


def _rate(condition: str, found: list[WhatIf]) -> WhatIfRate:
    turned = [one for one in found if one.turn is Turn.TURNED]
    std = Preprocessing().std
    assert isinstance(std, float)
    changes = [one.change(one.mask > 0.5, std) for one in turned]
    low, high = wilson(len(turned), len(found))
    return WhatIfRate(
        condition, len(found), len(turned), low, high,
        _median(changes), _median([one.probabilities[-1] for one in turned]), _median([one.seconds for one in found]),
    )  # fmt: skip


def _median(values: list[float]) -> float:
    return float(np.median(values)) if values else float("nan")
