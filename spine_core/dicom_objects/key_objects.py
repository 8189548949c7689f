"""Key Object Selections (PS3.3 A.35.4, PS3.16 TID 2010): slices that a reader chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spine_core.dicom_objects.identity import equipment, finish, instance, notice, series
from spine_core.dicom_objects.observers import person, reader_name
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, SliceId, SourceImage, Sources
from spine_core.report.types import KeyImage

if TYPE_CHECKING:
    from highdicom.sr import ObserverContext

SERIES_NUMBER = 9000


def selection(
    images: Sequence[SourceImage],
    title: Code,
    identifiers: Mapping[str, Any],
    *,
    description: str = "",
    observer: ObserverContext | None = None,
) -> Dataset:
    """A selection of ``images``, which still have placeholders (``references.name_sources``).

    ``title``: of CID 7010. ``identifiers``: as ``identity.series`` and ``identity.instance`` make them.
    """
    # Only who exports needs it, and it takes a second to import.
    from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument

    headers = [one.header for one in images]
    content = KeyObjectSelection(
        document_title=title,
        referenced_objects=headers,
        observer_person_context=observer,
        description=description or None,
    )
    document = KeyObjectSelectionDocument(evidence=headers, content=content, **equipment(), **identifiers)
    document.copy_patient_and_study_information(headers[0])
    return document


def key_slice(made_from: ObjectInput, image: KeyImage) -> SliceId | None:
    """The slice of a key image; None where the report does not say of which series it is."""
    if image.series is None or not 0 <= image.series < len(made_from.study.series):
        return None
    found = made_from.study.series[image.series]
    return (found.uid, image.slice_number - 1) if image.slice_number <= found.slices else None


def lacks_key_images(made_from: ObjectInput) -> str:
    """Why there is no object of key images; empty where there is."""
    if not made_from.report.key_images:
        return "the report has no key image"
    known = [key_slice(made_from, one) for one in made_from.report.key_images]
    return "a key image of the report is of another study" if None in known else ""


def key_slices(made_from: ObjectInput) -> Iterator[SliceId]:
    """The slices of all key images, each once."""
    found = (key_slice(made_from, one) for one in made_from.report.key_images)
    yield from dict.fromkeys(one for one in found if one is not None)


def _make(made_from: ObjectInput, sources: Sources) -> Iterator[DicomObject]:
    chosen = list(key_slices(made_from))
    images = [sources[one] for one in chosen]
    new = series(SERIES_NUMBER, "Key images (research, not a diagnosis)", made_from)
    dataset = selection(
        images,
        codes.DCM.OfInterest,
        new | instance(1),
        description=_description(made_from),
        observer=person(reader_name(made_from)),
    )
    count = f"{len(images)} slice" if len(images) == 1 else f"{len(images)} slices"
    label = f"Key Object Selection: {count}"
    yield DicomObject(KEY_OBJECTS.name, label, finish(dataset, images, made_from.time))


def _description(made_from: ObjectInput) -> str:
    notes = [
        f"{one.level or one.weighting} slice {one.slice_number}: {one.note}"
        for one in made_from.report.key_images
        if one.note
    ]
    return "\n".join([f"Key images chosen by the reader. {notice(made_from)}", *notes])


KEY_OBJECTS = ObjectKind("keys", "Key Object Selection (key images)", lacks_key_images, key_slices, _make)
"""One selection of all key images of the report."""
