"""Each explanation as Parametric Map (PS3.3 A.75): relevance on the slice that the network saw, in its plane."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from spine_core.comparison.verdict import label_of
from spine_core.dicom_objects.codes import lumbar_spine, map_code
from spine_core.dicom_objects.geometry import aligned, not_placed
from spine_core.dicom_objects.identity import described, equipment, finish, instance, notice, series
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, SliceId, Sources
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import scale_by_peak, to_slice
from spine_core.grading.types import Channel, DiscImage

if TYPE_CHECKING:
    from highdicom.pm import RealWorldValueMapping

SERIES_NUMBER = 9003

OUTSIDE = np.finfo(np.float32).tiny
"""Float Pixel Padding Value of the pixels outside the network's input, which have no relevance.

NaN would be valid (PS3.3 C.7.6.24.1), but JSON has none, and viewers window by the least and the largest value. A
viewer that ignores the padding shows this, the smallest positive number, as zero; a reader tells it from a true zero.
"""


def _lacking(made_from: ObjectInput) -> str:
    if not made_from.explanations:
        return "no explanation was made"
    places = [_place(made_from, one) for one in made_from.explanations]
    if None in places:
        return "an explanation is of a disc that this reading does not show"
    uids = {one[1].series_uid for one in places if one is not None}
    return next((why for uid in sorted(uids) if (why := not_placed(made_from.study, uid))), "")


def _place(made_from: ObjectInput, explanation: Explanation) -> tuple[DiscImage, Channel, int] | None:
    """The network's input, and its first channel that is present: the map lies over all of them."""
    reading = made_from.reading
    finding = reading.finding(explanation.level, explanation.target.condition)
    image = reading.images.get(explanation.level) if finding is None else reading.image_of(finding)
    if image is None or image.pixels.shape[-1] != explanation.attribution.shape[-1]:
        return None
    present = [(number, one) for number, one in enumerate(image.channels) if one is not None]
    return (image, present[0][1], present[0][0]) if present else None


def _slices(made_from: ObjectInput) -> Iterator[SliceId]:
    for one in made_from.explanations:
        if (place := _place(made_from, one)) is not None:
            yield place[1].series_uid, place[1].slice_index


def _make(made_from: ObjectInput, sources: Sources) -> Iterator[DicomObject]:
    new = series(SERIES_NUMBER, "Explanation maps (research, not a diagnosis)", made_from)
    for number, one in enumerate(made_from.explanations, start=1):
        place = _place(made_from, one)
        assert place is not None
        image, channel, index = place
        of_series = made_from.study.by_uid(channel.series_uid)
        source = sources[channel.series_uid, channel.slice_index]
        relevance = to_slice(one, image, index, (of_series.rows, of_series.columns))
        (header,) = aligned([source], of_series)
        dataset = _dataset(made_from, one, relevance, header, new | instance(number))
        _describe(dataset, made_from, one)
        label = f"Parametric map: {label_of(one.method)}, {one.level}, {one.target.label()}"
        yield DicomObject(PARAMETRIC_MAP.name, label, finish(dataset, [source], made_from.time))


def _dataset(
    made_from: ObjectInput,
    explanation: Explanation,
    relevance: npt.NDArray[np.float32],
    header: Dataset,
    identifiers: dict[str, Any],
) -> Dataset:
    from highdicom import VOILUTFunctionValues, VOILUTTransformation
    from highdicom.pm import ImageFlavorValues, ParametricMap

    (scale,) = scale_by_peak([explanation])
    low = -scale if explanation.signed else 0.0
    # LINEAR does not permit widths below 1 (PS3.3 C.11.2.1.2), and most maps are narrower.
    window = VOILUTTransformation(
        window_center=(low + scale) / 2,
        window_width=(scale - low) or 1.0,
        voi_lut_function=VOILUTFunctionValues.LINEAR_EXACT,
    )
    words = f"Explanation, not a finding: {explanation.level} {explanation.target.short_label()}"
    dataset: Dataset = ParametricMap(
        source_images=[header],
        pixel_array=np.where(np.isnan(relevance), OUTSIDE, relevance).astype(np.float32),
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[_mapping(explanation, relevance)],
        voi_lut_transformations=[window],
        content_label=re.sub("[^A-Z0-9_ ]", "_", explanation.method.upper())[:16],
        content_description=described(words, synthetic=made_from.study.synthetic),
        content_creator_name="SpineLens^",
        image_flavor=ImageFlavorValues.PARALLEL,
        **equipment(),
        **identifiers,
    )
    dataset.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [lumbar_spine()]
    dataset.FloatPixelPaddingValue = dataset.FloatPixelPaddingRangeLimit = float(OUTSIDE)
    return dataset


def _mapping(explanation: Explanation, relevance: npt.NDArray[np.float32]) -> RealWorldValueMapping:
    """Stored values are the relevance itself, which has no unit: log-odds, or what the method computes."""
    from highdicom.pm import RealWorldValueMapping

    # With 0, so that the padding value is in the range too: readers refuse pixels outside of it.
    low, high = (float(limit(relevance, initial=0.0)) for limit in (np.nanmin, np.nanmax))
    return RealWorldValueMapping(
        lut_label="RELEVANCE",
        lut_explanation=described(f"Relevance, {label_of(explanation.method)}", synthetic=False),
        unit=codes.UCUM.NoUnits,
        value_range=(low, high),
        slope=1.0,
        intercept=0.0,
        quantity_definition=map_code(explanation.method),
    )


def _describe(dataset: Dataset, made_from: ObjectInput, one: Explanation) -> None:
    """What is needed to read the map, and to make it again."""
    settings = ", ".join(f"{name} {value}" for name, value in one.settings.items())
    lines = [
        notice(made_from),
        "An explanation of what a network reports. It is no finding.",
        "The method found no evidence: the map is empty." if one.is_empty else "",
        f"Method: {label_of(one.method)} ({one.method}). Settings: {settings or 'none'}. Seed: {one.seed}.",
        f"Target: {one.target.label()}, {one.level}. Positive relevance supports it.",
        f"Network: {one.model.name}, version {one.model.version}, SHA-256 {one.model.sha256}.",
        "Pixels with the padding value lie outside the network's input.",
    ]
    text = "\n".join(line for line in lines if line)
    dataset.ImageComments = text
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        frame.DerivationImageSequence[0].DerivationDescription = text[:1024]


PARAMETRIC_MAP = ObjectKind("map", "Parametric maps (explanations)", _lacking, _slices, _make)
"""32-bit floating point, one object per explanation."""
