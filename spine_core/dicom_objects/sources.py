"""Headers of the slices of an open study, read again from the files that it was opened from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage, generate_uid
from pydicom.valuerep import DA, TM

from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.types import SliceId, SourceImage, Sources
from spine_core.progress import Progress, silent
from spine_core.study.archives.extraction import entries
from spine_core.study.dicom.character_set import set_encodings
from spine_core.study.dicom.functional_groups import frame_headers
from spine_core.study.dicom.header_values import text
from spine_core.study.dicom.parsing import looks_like_dicom, parse
from spine_core.study.dicom.suppress_warnings import suppressed_warnings
from spine_core.study.errors import Unreadable
from spine_core.study.found_object import FoundObject
from spine_core.study.limits import OverLimit
from spine_core.study.sources import Entry, SourceFile, is_junk
from spine_core.study.types import Study

NOT_DICOM = "the images of this study are not DICOM files, so that no DICOM object can refer to them"
NO_INSTANCE_UID = (
    "the images of this study have no SOP Instance UID, by which a DICOM object could refer to them"
)
GONE = "the files of this study can no longer be read as they were when it was opened"
INCOMPLETE = (
    "the headers of the images lack identifiers (study, series or SOP class) that every DICOM object needs"
)

LAST_GROUP = 0x0040
"""Groups of patient, study, series, position and image; later ones hold overlays, pixels and private data."""

TYPE_2 = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate",
    "StudyTime", "ReferringPhysicianName",
)  # fmt: skip
"""May be empty and must be there (PS3.3 C.7.1.1, C.7.2.1)."""

MUST_HAVE = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")


def source_images(
    study: Study, sources: Sequence[SourceFile], slices: Iterable[SliceId], progress: Progress = silent
) -> Sources:
    """The headers of ``slices``. Files without any of them are not parsed.

    ``sources``: those that ``study`` was opened from. Raises ``DicomObjectError`` where the slices are not of DICOM
    files, lack identifiers, or cannot be found again; ``Cancelled`` where ``progress`` does.
    """
    wanted = list(dict.fromkeys(slices))
    by_instance: dict[str, list[SliceId]] = {}
    for one in wanted:
        by_instance.setdefault(_instance_of(study, one), []).append(one)
    names = {study.by_uid(uid).files[index] for uid, index in wanted}
    found: dict[SliceId, SourceImage] = {}
    with suppressed_warnings:
        for entry in _entries(sources, progress):
            if entry.name not in names or len(found) == len(wanted):
                continue
            dataset = _parsed(entry)
            here = by_instance.pop(text(dataset, "SOPInstanceUID"), []) if dataset is not None else []
            if here and dataset is not None:
                found |= _images(study, dataset, here)
    if len(found) < len(wanted):
        raise DicomObjectError(GONE)
    return found


def object_bytes(sources: Sequence[SourceFile], found: FoundObject) -> bytes:
    """The file of an object that ``Study.objects`` names. Raises ``DicomObjectError`` where it is gone."""
    for entry in _entries(sources, silent):
        if entry.name == found.file:
            try:
                return entry.read()
            except (Unreadable, OverLimit):
                break
    raise DicomObjectError(GONE)


def refusal(study: Study, one: SliceId) -> str:
    """Why no object can refer to a slice, as a clause; empty where one can."""
    uid, index = one
    series = study.by_uid(uid)
    if series.sop_instance_uids[index] is not None:
        return ""
    return NO_INSTANCE_UID if "TransferSyntax" in series.header else NOT_DICOM


def _instance_of(study: Study, one: SliceId) -> str:
    uid, index = one
    found = study.by_uid(uid).sop_instance_uids[index]
    if found is None:
        raise DicomObjectError(refusal(study, one))
    return found


def _entries(sources: Sequence[SourceFile], progress: Progress) -> Iterator[Entry]:
    files = [source for source in sources if not is_junk(source.name)]
    size, done = max(1, sum(source.size for source in files)), 0
    for entry in entries(files):
        progress(min(1.0, done / size), "reading the headers")
        if isinstance(entry, Entry):
            done += entry.stored
            yield entry


def _parsed(entry: Entry) -> Dataset | None:
    """All elements of a DICOM file; None for other files, and for those that can no longer be read."""
    try:
        data = entry.read()
        return parse(data, whole=True) if looks_like_dicom(data) else None
    except Exception:  # pydicom raises nearly everything on damaged bytes
        return None


def _images(study: Study, dataset: Dataset, slices: Sequence[SliceId]) -> Mapping[SliceId, SourceImage]:
    """One header per slice, all of this instance."""
    set_encodings(dataset)
    numbers = {one: _frame_number(study, one) for one in slices}
    headers = frame_headers(dataset, max(number or 1 for number in numbers.values()))
    frames = dict(enumerate(headers, start=1))
    return {one: _image(frames[number or 1], number) for one, number in numbers.items()}


def _frame_number(study: Study, one: SliceId) -> int | None:
    uid, index = one
    return next(islice(study.by_uid(uid).frame_numbers, index, None), None)


def _image(header: Dataset, frame_number: int | None) -> SourceImage:
    plain = _plain(header)
    if not all(text(plain, keyword) for keyword in MUST_HAVE):
        raise DicomObjectError(INCOMPLETE)
    named = text(plain, "SOPClassUID"), text(plain, "SOPInstanceUID")
    placeholder = str(generate_uid(entropy_srcs=["SpineLens placeholder", named[1], str(frame_number)]))
    # So that all sources are alike to highdicom, which refuses private classes and orientations per frame.
    plain.SOPClassUID, plain.SOPInstanceUID = MRImageStorage, placeholder
    return SourceImage(plain, placeholder, *named, frame_number)


def _plain(header: Dataset) -> Dataset:
    """The elements that can be read, as UTF-8, with those of type 2; sequences are left out."""
    out = Dataset()
    for tag in [element.tag for element in header.elements()]:
        if tag.group > LAST_GROUP or tag.is_private:
            continue
        try:
            element = header[tag]
        except Exception:  # pydicom raises nearly everything on damaged values
            continue
        if element.VR != "SQ":
            # A new element: the frames of one object share theirs.
            out.add_new(tag, element.VR, element.value)
    for keyword in TYPE_2:
        if not _is_valid(out, keyword):
            setattr(out, keyword, "")
    out.SpecificCharacterSet = "ISO_IR 192"
    out.setdefault("SliceThickness", None)
    if "NumberOfFrames" in out:
        del out.NumberOfFrames
    return out


def _is_valid(header: Dataset, keyword: str) -> bool:
    """False where the value is absent or is none of its kind, which the new object must not repeat."""
    value = text(header, keyword)
    if keyword == "PatientSex":
        return value in ("M", "F", "O")
    kind = {"Date": DA, "Time": TM}.get(keyword[-4:])
    if kind is None:
        return keyword in header
    try:
        return bool(kind(value))
    except (ValueError, TypeError):
        return False
