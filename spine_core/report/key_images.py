"""Key images: a slice of the study, with the map of an explanation over it and its colour bar."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.base import MetricResult, Property, select
from spine_core.comparison.types import Comparison
from spine_core.comparison.verdict import label_of
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import FAINT, colour, colour_bar, overlay, scale_by_peak, to_slice
from spine_core.grading.types import DiscImage
from spine_core.networks.target import TargetKind
from spine_core.report.network_sentences import grade_label
from spine_core.report.types import ControlTest, KeyImage, MapFacts, NetworkFacts
from spine_core.study.types import Series, Study

CONTEXT = 0.35
"""Margin around the network's input, as a fraction of its side: the neighbouring levels are seen."""

LEAST_WIDTH = 640
"""Width in pixels below which a picture is enlarged, so that print does not show its pixels."""

TARGETS = {TargetKind.GRADE: "grade", TargetKind.AT_LEAST: "at_least", TargetKind.VERSUS: "versus"}
"""Keys of the phrases of targets."""


def slice_image(
    study: Study, series_uid: str, slice_index: int, *, level: str = "", note: str = "", weighting: str = ""
) -> KeyImage:
    """A slice without a map, as the reader marked it. Raises ``KeyError`` for an unknown series.

    ``weighting``: where it is known better than from the files (``Reading.weighting_of``).
    """
    series = study.by_uid(series_uid)
    pixels = series.display_slice(slice_index)
    plain = overlay(pixels, np.zeros((*pixels.shape, 4), np.uint8))
    return KeyImage(
        level, slice_index + 1, series.slices, _words(weighting or series.weighting.value),
        _png(_square(plain, series)), note=note,
        series=study.series.index(series),
    )  # fmt: skip


def map_image(
    study: Study,
    image: DiscImage,
    explanation: Explanation,
    *,
    opacity: float = 0.6,
    comparison: Comparison | None = None,
    note: str = "",
) -> KeyImage:
    """The slice around the disc of ``image`` with the map of ``explanation`` at ``opacity``, 0 to 1.

    The map is scaled by its own peak and drawn above ``FAINT`` of it, over the first weighting that the network saw.
    ``comparison``: of the same target and image, for the test against controls; another one is not used. Raises
    ``ValueError`` for an opacity outside 0 to 1, and where the image has no slice.
    """
    channel = next((i for i, one in enumerate(image.channels) if one is not None), None)
    source = None if channel is None else image.channels[channel]
    if channel is None or source is None:
        msg = f"the input at {image.level} has no slice to show"
        raise ValueError(msg)
    series = study.by_uid(source.series_uid)
    pixels = series.display_slice(source.slice_index)
    relevance = to_slice(explanation, image, channel, pixels.shape)
    (scale,) = scale_by_peak([explanation])
    drawn = colour(relevance, scale, signed=explanation.signed, threshold=FAINT, opacity=opacity)
    picture = overlay(pixels, drawn)[_around(~np.isnan(relevance))]
    bar = b"" if explanation.is_empty else _png(colour_bar(scale, signed=explanation.signed))
    return KeyImage(
        image.level, source.slice_index + 1, series.slices, _words(source.weighting), _png(_square(picture, series)),
        bar, -scale if explanation.signed else 0.0, scale, opacity, note, map_facts(explanation, comparison),
        study.series.index(series),
    )  # fmt: skip


def map_facts(explanation: Explanation, comparison: Comparison | None = None) -> MapFacts:
    """How a map was made, and its test against controls where ``comparison`` holds one of the same target."""
    target, condition = explanation.target, explanation.target.definition
    found = comparison if comparison is not None and _same(explanation, comparison) else None
    verdict = (
        None if found is None else next(one for one in found.verdicts if one.method == explanation.method)
    )
    model = explanation.model
    return MapFacts(
        explanation.method,
        label_of(explanation.method),
        condition.name,
        condition.label,
        TARGETS[target.kind],
        grade_label(condition, target.grade),
        grade_label(condition, target.contrast) if target.contrast else "",
        NetworkFacts("explained", model.name, model.version, model.sha256),
        dict(explanation.settings),
        explanation.seed,
        explanation.signed,
        explanation.is_empty,
        "" if verdict is None else verdict.outcome.value,
        () if found is None else _tests(explanation.method, found),
    )


def _same(explanation: Explanation, comparison: Comparison) -> bool:
    same = (comparison.level, comparison.target, comparison.model) == (
        explanation.level, explanation.target, explanation.model,
    )  # fmt: skip
    return same and explanation.method in [one.method for one in comparison.verdicts]


def _tests(method: str, comparison: Comparison) -> tuple[ControlTest, ...]:
    """The metrics of faithfulness that have controls, the map's value beside the range of the controls'."""
    found = []
    for one in comparison.results:
        if one.metric.kind is not Property.FAITHFULNESS or one.method != method or one.is_control:
            continue
        controls = _controls(one, comparison)
        if controls and not one.other:
            unit = one.metric.unit
            name = f"{one.metric.label}: {one.variant}" if one.variant else one.metric.label
            found.append(
                ControlTest(name, unit.texts([one.value]), unit.texts(controls), one.metric.direction.value)
            )
    return tuple(one for one in found if one.better in ("higher", "lower"))


def _controls(one: MetricResult, comparison: Comparison) -> list[float | None]:
    same = select(comparison.results, one.metric, variant=one.variant)
    return [each.value for each in same if each.is_control]


def _words(weighting: str) -> str:
    return weighting.upper().replace("_", " ")


def _around(inside: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of the network's input with a margin; the whole slice where it lies outside."""
    if not inside.any():
        return slice(None), slice(None)
    out = []
    for axis in (1, 0):
        line = np.flatnonzero(inside.any(axis=axis))
        margin = round(CONTEXT * (line[-1] - line[0] + 1))
        out.append(slice(max(0, int(line[0]) - margin), int(line[-1]) + margin + 1))
    return out[0], out[1]


def _square(pixels: npt.NDArray[np.uint8], series: Series) -> npt.NDArray[np.uint8]:
    """Pixels as high as they are wide, enlarged to ``LEAST_WIDTH``."""
    from PIL import Image

    rows, columns = pixels.shape[:2]
    factor = max(1.0, LEAST_WIDTH / columns)
    size = (round(columns * factor), round(rows * factor * series.row_to_column_spacing))
    resized = Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(resized)


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, format="PNG", optimize=True)
    return out.getvalue()
