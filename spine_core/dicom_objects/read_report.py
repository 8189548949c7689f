"""Reads a structured report of ours (``structured_report``) back as rows."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spine_core.dicom_objects.codes import (
    DISCS,
    GENERAL_SECTION,
    GRADE,
    MEASUREMENT_CODES,
    NOT_ASSESSED_SECTION,
)
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.identity import MODEL
from spine_core.dicom_objects.parsed_object import damaged, parsed_object
from spine_core.dicom_objects.report_rows import (
    FREE_TEXT,
    ReadGrade,
    ReadMeasurement,
    ReadReport,
    ReadSentence,
)
from spine_core.report.types import GENERAL, IMPRESSION, NOT_ASSESSED
from spine_core.study.dicom.header_values import items, number, text
from spine_core.study.dicom.suppress_warnings import suppressed_warnings

NOT_OURS = "this file is not a structured report of SpineLens"

SECTION_OF = {
    GENERAL_SECTION.value: GENERAL,
    NOT_ASSESSED_SECTION.value: NOT_ASSESSED,
    codes.DCM.Impressions.value: IMPRESSION,
    codes.DCM.Findings.value: FREE_TEXT,
}
"""Sections by the code value of their container."""

OF_THE_DISC = frozenset({("276214006", "SCT"), ("121071", "DCM")})
"""Finding category and finding, which say what the group is of (PS3.16 TID 1501)."""

LEVELS = {code.value: level for level, code in DISCS.items()}


def read_report(data: bytes) -> ReadReport:
    """The rows of a report. Raises ``DicomObjectError`` for other files, also for reports of other software."""
    with suppressed_warnings:
        dataset = parsed_object(data, "structured report")
        if text(dataset, "Modality") != "SR" or text(dataset, "ManufacturerModelName") != MODEL:
            raise DicomObjectError(NOT_OURS)
        try:
            return _report(dataset)
        except Exception:  # pydicom raises nearly everything on damaged values
            raise DicomObjectError(damaged("structured report")) from None


def _report(dataset: Dataset) -> ReadReport:
    groups = [
        group
        for part in _children(dataset, codes.DCM.ImagingMeasurements)
        for group in _children(part, codes.DCM.MeasurementGroup)
    ]
    verified = items(dataset, "VerifyingObserverSequence")
    return ReadReport(
        text(dataset, "SOPInstanceUID"),
        text(dataset, "CompletionFlag") == "COMPLETE",
        text(verified[0], "VerifyingObserverName").rstrip("^") if verified else "",
        tuple(_previous(dataset)),
        tuple(row for group in groups for row in _grades(group)),
        tuple(row for group in groups for row in _measurements(group)),
        (*(row for group in groups for row in _comments(group)), *_sections(dataset)),
    )


def _children(item: Dataset, concept: Code | None = None) -> list[Dataset]:
    found = items(item, "ContentSequence")
    return [
        one for one in found if concept is None or _concept(one) == (concept.value, concept.scheme_designator)
    ]


def _concept(item: Dataset) -> tuple[str, str]:
    names = items(item, "ConceptNameCodeSequence")
    return (text(names[0], "CodeValue"), text(names[0], "CodingSchemeDesignator")) if names else ("", "")


def _meaning(item: Dataset, keyword: str) -> str:
    found = items(item, keyword)
    return text(found[0], "CodeMeaning") if found else ""


def _level(group: Dataset) -> str:
    for site in _children(group, codes.SCT.FindingSite):
        value = text(items(site, "ConceptCodeSequence")[0], "CodeValue")
        return LEVELS.get(value, _meaning(site, "ConceptCodeSequence"))
    return ""


def _observer(item: Dataset) -> tuple[str, bool]:
    """Name of the observer, and whether it is a person."""
    people = _children(item, codes.DCM.PersonObserverName)
    devices = _children(item, codes.DCM.DeviceObserverName)
    if people:
        return text(people[0], "PersonName").rstrip("^"), True
    return (text(devices[0], "TextValue") if devices else ""), False


def _grades(group: Dataset) -> Iterator[ReadGrade]:
    level, (observer, by_reader) = _level(group), _observer(group)
    for one in _children(group):
        evaluated = text(one, "ValueType") == "CODE" and text(one, "RelationshipType") == "CONTAINS"
        if evaluated and _concept(one) not in OF_THE_DISC:
            grade = _meaning(one, "ConceptCodeSequence")
            condition = _meaning(one, "ConceptNameCodeSequence")
            yield ReadGrade(level, condition, grade, observer, by_reader, _probability(one, grade))


def _probability(item: Dataset, grade: str) -> float | None:
    for one in _children(item, codes.DCM.Probability):
        if any(_meaning(part, "ConceptCodeSequence") == grade for part in _children(one, GRADE)):
            return _value(one)
    return None


def _value(item: Dataset) -> float | None:
    measured = items(item, "MeasuredValueSequence")
    return number(measured[0], "NumericValue") if measured else None


def _measurements(group: Dataset) -> Iterator[ReadMeasurement]:
    level = _level(group)
    for name, concept in MEASUREMENT_CODES.items():
        for one in _children(group, concept):
            value = _value(one)
            if value is not None:
                unit = _meaning(items(one, "MeasuredValueSequence")[0], "MeasurementUnitsCodeSequence")
                yield ReadMeasurement(level, name, value, unit)


def _comments(group: Dataset) -> Iterator[ReadSentence]:
    yield from (_sentence(_level(group), one) for one in _children(group, codes.DCM.Comment))


def _sections(dataset: Dataset) -> Iterator[ReadSentence]:
    for container in _children(dataset):
        section = SECTION_OF.get(_concept(container)[0])
        if section is not None:
            yield from (_sentence(section, one) for one in _children(container))


def _sentence(section: str, item: Dataset) -> ReadSentence:
    return ReadSentence(section, str(item.TextValue), _observer(item)[1])


def _previous(dataset: Dataset) -> Iterator[str]:
    for study in items(dataset, "PredecessorDocumentsSequence"):
        for series in items(study, "ReferencedSeriesSequence"):
            for one in items(series, "ReferencedSOPSequence"):
                yield text(one, "ReferencedSOPInstanceUID")
