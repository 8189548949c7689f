"""References to source images (PS3.3 10.8, Image SOP Instance Reference Macro): instances, and frames of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from spine_core.dicom_objects.types import SourceImage

REFERENCE = frozenset({"ReferencedSOPClassUID", "ReferencedSOPInstanceUID", "ReferencedFrameNumber"})
"""Elements of a reference that says no more than which image it is."""

WHOLE_INSTANCES = frozenset({"ReferencedInstanceSequence", "ReferencedSeriesSequence"})
"""Below these sequences instances are listed, and never frames."""


def name_sources(dataset: Dataset, images: Iterable[SourceImage]) -> None:
    """Replaces the placeholders of ``images`` in all references by their instances and frames, each listed once."""
    known = {one.placeholder: one for one in images}
    for path, sequence in _sequences(dataset, ()):
        for place, item in enumerate(sequence):
            source = known.get(str(item.get("ReferencedSOPInstanceUID", "")))
            if source is not None:
                sequence[place] = _reference(item, source, frames=not WHOLE_INSTANCES & set(path))
        if all(set(item.dir()) <= REFERENCE for item in sequence):
            _merge(sequence)


def _reference(item: Dataset, source: SourceImage, *, frames: bool) -> Dataset:
    """``item`` for the instance of ``source``: a copy, since highdicom puts one item into several sequences."""
    item = deepcopy(item)
    item.ReferencedSOPClassUID = source.sop_class_uid
    item.ReferencedSOPInstanceUID = source.sop_instance_uid
    if frames and source.frame_number is not None:
        item.ReferencedFrameNumber = source.frame_number
    return item


def _sequences(dataset: Dataset, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Sequence]]:
    """All sequences with the keywords of those that they lie in, the innermost first."""
    for element in dataset:
        if element.VR != "SQ":
            continue
        path = (*above, element.keyword)
        for item in element.value:
            yield from _sequences(item, path)
        yield path, element.value


def _merge(sequence: Sequence) -> None:
    """Joins references to frames of one instance."""
    unique: dict[str, list[Dataset]] = {}
    for item in sequence:
        unique.setdefault(str(item.get("ReferencedSOPInstanceUID", "")), []).append(item)
    if len(unique) == len(sequence):
        return
    for items in unique.values():
        frames = [item.ReferencedFrameNumber for item in items if "ReferencedFrameNumber" in item]
        if frames:
            items[0].ReferencedFrameNumber = frames
    sequence[:] = [items[0] for items in unique.values()]
