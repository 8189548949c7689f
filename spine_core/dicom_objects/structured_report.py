"""The reading as Comprehensive 3D SR (PS3.3 A.35.13) by the Measurement Report template (PS3.16 TID 1500)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from spine_core.dicom_objects.codes import SCHEME
from spine_core.dicom_objects.identity import equipment, finish, instance, series
from spine_core.dicom_objects.observers import device, person, person_name
from spine_core.dicom_objects.report_groups import Group, levels_of, network_group, reader_group
from spine_core.dicom_objects.report_sentences import level_sentences, notice_item, sections
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, SliceId, SourceImage, Sources
from spine_core.report.types import ReportState

SERIES_NUMBER = 9001

ORGANIZATION = "not stated (research use)"
"""Of who approved: SpineLens knows a name and no organization; the element must have a value (PS3.3 C.17.2)."""

RADELEMENT_UID = "1.2.840.10008.2.16.15"
"""Of the coding scheme (PS3.6 table A-1)."""

LANGUAGES = {"en": "English", "de": "German"}
"""Meanings of RFC 5646 tags (PS3.16 CID 5000)."""


def _lacking(made_from: ObjectInput) -> str:
    return "" if list(levels_of(made_from)) else "the reading has no findings"


def _slices(made_from: ObjectInput) -> Iterator[SliceId]:
    for level in levels_of(made_from):
        yield from _of_level(made_from, level)


def _of_level(made_from: ObjectInput, level: str) -> list[SliceId]:
    """The slices of the network's inputs, else that of the disc, else the first of the study."""
    reading = made_from.reading
    images = [one for one in (reading.images.get(level), *reading.view_images.values()) if one is not None]
    seen = [
        (one.series_uid, one.slice_index)
        for image in images if image.level == level
        for one in image.channels if one is not None
    ]  # fmt: skip
    discs = [(one.series_uid, one.slice_index) for one in reading.discs if one.level == level]
    return list(dict.fromkeys(seen or discs)) or [(made_from.study.series[0].uid, 0)]


def _make(made_from: ObjectInput, sources: Sources) -> Iterator[DicomObject]:
    from highdicom.sr import Comprehensive3DSR

    wanted = list(dict.fromkeys(_slices(made_from)))
    images = [sources[one] for one in wanted]
    dataset = Comprehensive3DSR(
        evidence=[one.header for one in images],
        content=_content(made_from, sources, images[0]),
        **_status(made_from),
        **equipment(),
        **series(SERIES_NUMBER, "Report (research, not a diagnosis)", made_from),
        **instance(made_from.report.version),
        coding_schemes=_coding_schemes(),
    )
    if made_from.report.approval is not None:
        _verified(dataset, datetime.fromisoformat(made_from.report.approval.time))
    state = made_from.report.state
    label = f"Structured report: version {made_from.report.version} ({state.value})"
    yield DicomObject(STRUCTURED_REPORT.name, label, finish(dataset, images, made_from.time))


def _content(made_from: ObjectInput, sources: Sources, first: SourceImage) -> Any:
    from highdicom.sr import (
        CodedConcept,
        LanguageOfContentItemAndDescendants,
        MeasurementReport,
        ObservationContext,
    )

    approval, language = made_from.report.approval, made_from.report.language
    report = MeasurementReport(
        observation_context=ObservationContext(
            observer_device_context=device(),
            observer_person_context=None if approval is None else person(approval.name),
        ),
        procedure_reported=codes.LN.MRIUnspecifiedBodyRegion,
        imaging_measurements=list(_groups(made_from, sources, str(first.header.StudyInstanceUID))),
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(
            CodedConcept(language, "RFC5646", LANGUAGES[language])
        ),
    )
    report[0].ContentSequence.append(notice_item(made_from))
    report[0].ContentSequence.extend(sections(made_from))
    _separate(report[0])
    return report


def _separate(item: Dataset) -> None:
    """Marks every container as a list of items with names, and not as flowing text (PS3.3 C.18.8)."""
    for one in item.get("ContentSequence", ()):
        _separate(one)
    if "ContinuityOfContent" in item:
        item.ContinuityOfContent = "SEPARATE"


def _groups(made_from: ObjectInput, sources: Sources, study_uid: str) -> Iterator[Any]:
    for level in levels_of(made_from):
        group = Group(level, study_uid, [sources[one] for one in _of_level(made_from, level)])
        of_networks = network_group(made_from, group)
        of_networks[0].ContentSequence.extend(level_sentences(made_from, level))
        yield of_networks
        of_reader = reader_group(made_from, group)
        if of_reader is not None:
            yield of_reader


def _status(made_from: ObjectInput) -> dict[str, Any]:
    """Flags of the document (PS3.3 C.17.2): a draft is partial and preliminary, an approved report final."""
    report, previous = made_from.report, made_from.previous
    approved = report.state is ReportState.APPROVED
    found: dict[str, Any] = {"is_complete": approved, "is_final": approved, "is_verified": approved}
    if report.approval is not None:
        found["verifying_observer_name"] = person_name(report.approval.name)
        found["verifying_organization"] = ORGANIZATION
    if report.amendment is not None and previous is not None:
        found["previous_versions"] = [previous]
    return found


def _verified(dataset: Dataset, time: datetime) -> None:
    """The time of the approval in the place of highdicom's clock."""
    dataset.VerifyingObserverSequence[0].VerificationDateTime = time.strftime("%Y%m%d%H%M%S%z")


def _coding_schemes() -> list[Any]:
    from highdicom.coding_schemes import CodingSchemeIdentificationItem

    own = CodingSchemeIdentificationItem(
        SCHEME, name="SpineLens private codes", responsible_organization="SpineLens"
    )
    radelement = CodingSchemeIdentificationItem("RADELEMENT", name="RadElement")
    radelement.CodingSchemeUID = RADELEMENT_UID
    return [own, radelement]


STRUCTURED_REPORT = ObjectKind("sr", "Structured report", _lacking, _slices, _make)
"""Grades, probabilities, measurements and sentences by level."""
