"""The report as Encapsulated PDF (PS3.3 A.45.1), on highdicom's base class: it has none for this object."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian

from spine_core.dicom_objects.common_header import common_header
from spine_core.dicom_objects.identity import described, finish, instance, series
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, SliceId, Sources
from spine_core.report.pdf import report_pdf

SERIES_NUMBER = 9005


def _lacking(made_from: ObjectInput) -> str:
    return "" if made_from.study.series else "the study has no series"


def first_slice(made_from: ObjectInput) -> Iterator[SliceId]:
    """A slice whose header names patient and study: of the series that was read, else of the first."""
    read = [one.series_uid for one in made_from.reading.anatomies]
    yield (read[0] if read else made_from.study.series[0].uid), 0


def _make(made_from: ObjectInput, sources: Sources) -> Iterator[DicomObject]:
    (image,) = (sources[one] for one in first_slice(made_from))
    pdf = report_pdf(made_from.report)
    new = series(SERIES_NUMBER, "Report as PDF (research, not a diagnosis)", made_from)
    dataset = common_header(
        image, EncapsulatedPDFStorage, "DOC", new | instance(1), transfer_syntax_uid=ExplicitVRLittleEndian
    )
    dataset.ConversionType = "WSD"
    dataset.AcquisitionDateTime = ""
    # Said of the whole document: with the patient's facts in its header, it identifies the patient.
    dataset.BurnedInAnnotation = "NO" if made_from.report.header.patient is None else "YES"
    dataset.DocumentTitle = described(
        "Lumbar spine MR reading (research use, not a diagnosis)", synthetic=made_from.study.synthetic
    )
    dataset.ConceptNameCodeSequence = []
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    _embed(dataset, pdf)
    state = made_from.report.state.value
    label = f"Encapsulated PDF: report version {made_from.report.version} ({state})"
    yield DicomObject(ENCAPSULATED_PDF.name, label, finish(dataset, [image], made_from.time))


def _embed(dataset: Dataset, pdf: bytes) -> None:
    """The document, with a zero byte where its length is odd (PS3.5 7.1); its own length is stated."""
    dataset.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    dataset.EncapsulatedDocumentLength = len(pdf)


ENCAPSULATED_PDF = ObjectKind("pdf", "Encapsulated PDF (report)", _lacking, first_slice, _make)
"""The same bytes as the PDF of the Report page."""
