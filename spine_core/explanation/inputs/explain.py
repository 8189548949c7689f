"""Asks the network again with each slice and each weighting of a disc's image replaced."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import ScoreModel
from spine_core.explanation.inputs.deletion import Scores, Subset, deletion_test, shapley, subsets
from spine_core.explanation.inputs.slices import offset_of, slice_images, slices_by_series
from spine_core.explanation.inputs.types import InputExplanation, SliceScore, WeightingScore
from spine_core.explanation.perturbation.baselines import BLUR, blurred
from spine_core.grading.types import DiscImage
from spine_core.networks.network import TORCH, TORCH_BATCH
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from spine_core.progress import Part, Progress, silent
from spine_core.study.types import Study

Pixels = npt.NDArray[np.float32]


def explain_inputs(
    network: ScoreModel,
    image: DiscImage,
    target: Target,
    study: Study,
    progress: Progress = silent,
) -> InputExplanation:
    """Scores of ``target`` by slice and by weighting, each with its deletion test.

    ``study``: where ``image`` was cut from. Networks with any number of channels; channels of one weighting are left
    out together. Raises ``ValueError`` where the image has no channel, ``Cancelled`` when ``progress`` does.
    """
    started = time.perf_counter()
    groups = weighting_groups(image)
    if not groups:
        msg = f"no sequence is present at {image.level}: there is nothing to leave out"
        raise ValueError(msg)
    near = slice_images(preprocessing_for(network, image, target), image, study)
    slabs = {one: _slab([near[i][1] for i in sorted(one)], image) for one in subsets(len(near))}
    left_out = {
        one: _channels(image, groups, one, np.zeros_like(image.pixels)) for one in subsets(len(groups))
    }
    soft = blurred(image.pixels, BLUR)
    softened = {one: _channels(image, groups, one, soft) for one in subsets(len(groups))}
    # The slices alone are slabs of one; the unchanged input is all weightings.
    scored = [
        _scored(network, target, images, Part(progress, *part))
        for images, part in ((left_out, (0.0, 0.1)), (softened, (0.1, 0.1)), (slabs, (0.2, 0.8)))
    ]
    without, blurry, slab = scored
    slices = _slice_scores(near, image, study, slab)
    weightings = _weighting_scores(tuple(groups), without, blurry)
    return InputExplanation(
        image.level,
        target,
        without[frozenset(range(len(groups)))],
        without[frozenset()],
        slices,
        weightings,
        deletion_test(slab, _by_support([one.log_odds for one in slices])),
        deletion_test(blurry, _by_support([one.contribution for one in weightings])),
        network.id,
        getattr(network, "backend", TORCH),
        sum(len(one) for one in scored),
        time.perf_counter() - started,
    )


def preprocessing_for(network: object, image: DiscImage, target: Target) -> Preprocessing:
    """The preprocessing of the network's view that ``target`` is read from; the released one for other objects."""
    for view in getattr(network, "views", ()):
        if target.output in view.outputs.values() and view.level in (None, image.level):
            return view.preprocessing  # type: ignore[no-any-return]
    found: Preprocessing = getattr(network, "preprocessing", Preprocessing(size=image.pixels.shape[-1]))
    return found


def weighting_groups(image: DiscImage) -> dict[str, list[int]]:
    """Positions of the channels that are present, by weighting."""
    groups: dict[str, list[int]] = {}
    for position, channel in enumerate(image.channels):
        if channel is not None:
            groups.setdefault(channel.weighting, []).append(position)
    return groups


def _channels(image: DiscImage, groups: dict[str, list[int]], kept: Subset, other: Pixels) -> Pixels:
    """The image with the channels of the groups in ``kept`` and those of ``other`` for the rest."""
    pixels = image.pixels.copy()
    for number, positions in enumerate(groups.values()):
        if number not in kept:
            pixels[positions] = other[positions]
    return pixels


def _slab(images: Sequence[DiscImage], image: DiscImage) -> Pixels:
    """The mean of some slices, as a thicker slice would show; zeros of none."""
    if not images:
        return np.zeros_like(image.pixels)
    return np.asarray(np.mean([one.pixels for one in images], axis=0), dtype=np.float32)


def _scored(
    network: ScoreModel, target: Target, images: dict[Subset, Pixels], progress: Progress
) -> dict[Subset, float]:
    """Scores by subset, in batches between which the work can be cancelled."""
    names, size = list(images), getattr(network, "batch_size", TORCH_BATCH)
    scores: list[float] = []
    for start in range(0, len(names), size):
        progress(start / len(names), "evaluating slices and weightings")
        scores += network.score(
            np.stack([images[one] for one in names[start : start + size]]), target
        ).tolist()
    return dict(zip(names, scores, strict=True))


def _slice_scores(
    near: Sequence[tuple[int, DiscImage]], image: DiscImage, study: Study, scores: Scores
) -> tuple[SliceScore, ...]:
    found = []
    for position, (step, one) in enumerate(near):
        offset, side = offset_of(image, one, study)
        found.append(SliceScore(step, offset, side, slices_by_series(one), scores[frozenset({position})]))
    return tuple(found)


def _weighting_scores(names: Sequence[str], without: Scores, blurry: Scores) -> tuple[WeightingScore, ...]:
    everything = frozenset(range(len(names)))
    values = shapley(without, len(names))
    return tuple(
        WeightingScore(
            name,
            without[everything - {number}],
            without[frozenset({number})],
            blurry[everything - {number}],
            values[number],
        )
        for number, name in enumerate(names)
    )


def _by_support(values: Iterable[float]) -> tuple[int, ...]:
    """Positions by falling value: what supports the target most is removed first."""
    known = list(values)
    return tuple(sorted(range(len(known)), key=lambda one: -known[one]))
