"""Reads a DICOM file into slices with modality values, geometry, and the reason why they are not graded."""

from __future__ import annotations

import re

import numpy as np
from pydicom.dataset import Dataset

from spine_core.study.dicom.body_part import mentioned_body_part
from spine_core.study.dicom.character_set import set_encodings
from spine_core.study.dicom.functional_groups import frame_headers
from spine_core.study.dicom.header_values import number, numbers, text
from spine_core.study.dicom.modality import ModalityEvidence, ModalityResult, infer_modality
from spine_core.study.dicom.non_images import check_is_image
from spine_core.study.dicom.parsing import parse
from spine_core.study.dicom.pixel_data import decode, modality_values, voi_window
from spine_core.study.dicom.technical_header import technical_header
from spine_core.study.dicom.weighting import is_contrast_enhanced
from spine_core.study.frame import Array, Frame
from spine_core.study.gradability import exclusion, is_secondary_capture
from spine_core.study.limits import Budget
from spine_core.study.types import Note, Patient, Severity

PHANTOM = ("SpineLens", "Synthetic phantom")
"""Manufacturer and model of this program's phantoms, the only sign that no person was imaged: scanners call images
"Synthetic T2" that they compute from a patient's relaxation times."""

SPACING_MM = (1e-3, 1e3)
"""Range of valid pixel spacings: a micrometre to a metre."""
FURTHEST_MM = 1e6
"""Largest valid coordinate: beyond any scanner, and sums and squares stay exact."""

ORTHOGONAL = 1e-2
"""Largest deviation of row and column direction from orthogonal unit vectors, half a degree: headers are rounded."""

KINDS = (
    ("echo time", "EchoTime"),
    ("echo number", "EchoNumbers"),
    ("image type", "ImageType"),
    ("inversion time", "InversionTime"),
    ("b-value", "DiffusionBValue"),
    ("time position", "TemporalPositionIdentifier"),
    ("acquisition", "AcquisitionNumber"),
)
TIMES = ("TriggerTime", "AcquisitionDateTime", "AcquisitionTime", "ContentTime")


def read_dicom(file: str, data: bytes, budget: Budget) -> list[Frame]:
    """The frames of one file. Raises ``NotAnImage``, ``Unreadable`` or ``OverLimit``."""
    dataset = parse(data)
    text_notes = set_encodings(dataset)
    check_is_image(file, dataset)
    decoded = decode(dataset, budget)
    stored, colour = decoded.values, decoded.colour
    patient, modality = _patient(dataset), infer_modality(dataset)
    frames = []
    for index, header in enumerate(frame_headers(dataset, len(stored))):
        pixels = modality_values(
            stored[index], header, number(header, "RescaleSlope"), number(header, "RescaleIntercept")
        )
        technical = technical_header(dataset, header, modality)
        described = {**technical, "StudyDescription": text(dataset, "StudyDescription")}
        position, directions = _position_and_directions(header)
        numbered = len(stored) > 1 or number(header, "InstanceNumber") is not None
        frames.append(
            Frame(
                file=file,
                series_uid=text(dataset, "SeriesInstanceUID"),
                pixels=pixels,
                sop_instance_uid=text(dataset, "SOPInstanceUID") or None,
                number=index if len(stored) > 1 else int(number(header, "InstanceNumber") or 0),
                modality=modality.modality,
                position=position,
                directions=directions,
                spacing=_spacing(header),
                thickness=_positive(number(header, "SliceThickness")),
                window=None if colour else voi_window(header),
                inverted=text(dataset, "PhotometricInterpretation") == "MONOCHROME1",
                frame_of_reference_uid=text(dataset, "FrameOfReferenceUID") or None,
                kinds=tuple((what, technical.get(name) or text(header, name)) for what, name in KINDS),
                times=tuple(_moment(text(header, name)) for name in TIMES),
                patient=patient,
                study_uid=text(dataset, "StudyInstanceUID"),
                location=number(header, "SliceLocation"),
                numbered=numbered,
                synthetic=_is_phantom(technical),
                exclusion=exclusion(described, colour=colour),
                notes=(
                    *text_notes,
                    *_modality_notes(modality),
                    *_notes(described, header, colour, directions),
                    *decoded.notes,
                ),
                header=technical,
                padding=None if decoded.padding is None else decoded.padding[index],
                frame_number=index + 1 if len(stored) > 1 else None,
            )
        )
    return frames


def _modality_notes(modality: ModalityResult) -> tuple[Note, ...]:
    if modality.evidence is ModalityEvidence.MODALITY:
        return ()
    if modality.evidence is ModalityEvidence.NONE:
        text_ = (
            "The header does not state the modality; whether this can be graded is judged from the images."
        )
        return (Note(Severity.WARNING, text_),)
    return (Note(Severity.INFO, f"Modality is missing; taken from the {modality.evidence}."),)


def _patient(dataset: Dataset) -> Patient:
    return Patient(
        key="",
        name=text(dataset, "PatientName"),
        patient_id=text(dataset, "PatientID"),
        birth_date=text(dataset, "PatientBirthDate"),
        sex=text(dataset, "PatientSex"),
        study_date=text(dataset, "StudyDate"),
    )


def _position_and_directions(header: Dataset) -> tuple[Array | None, Array | None]:
    """Position (3,) and directions (2, 3); None where missing, not finite, or not orthogonal."""
    corner = _corner(header)
    cosines = numbers(header, "ImageOrientationPatient", 6)
    position = None if corner is None else np.asarray(corner)
    if cosines is None:
        return position, None
    directions = np.asarray(cosines).reshape(2, 3)
    lengths = np.linalg.norm(directions, axis=1)
    if np.any(np.abs(lengths - 1) > ORTHOGONAL) or abs(directions[0] @ directions[1]) > ORTHOGONAL:
        return position, None
    return position, directions / lengths[:, None]


def _spacing(header: Dataset) -> tuple[float, float] | None:
    found = numbers(header, "PixelSpacing", 2)
    if found is None or not SPACING_MM[0] <= min(found) <= max(found) <= SPACING_MM[1]:
        return None
    return found[0], found[1]


def _corner(header: Dataset) -> tuple[float, ...] | None:
    found = numbers(header, "ImagePositionPatient", 3)
    return None if found is None or max(abs(part) for part in found) > FURTHEST_MM else found


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _moment(value: str) -> float:
    """A time or date-time as a number for sorting; 0 where there is none."""
    try:
        return float(re.sub(r"[+&-].*$", "", value) or 0)
    except ValueError:
        return 0.0


def _is_phantom(header: dict[str, str]) -> bool:
    return (header.get("Manufacturer"), header.get("ManufacturerModelName")) == PHANTOM


def _notes(
    technical: dict[str, str], header: Dataset, colour: bool, directions: Array | None
) -> tuple[Note, ...]:
    notes = []
    burned = technical.get("BurnedInAnnotation", "").upper()
    if burned == "YES" or (burned != "NO" and is_secondary_capture(technical)):
        notes.append(Note(Severity.WARNING, "Text may be burned into the image, including a patient's name."))
    if colour:
        notes.append(Note(Severity.INFO, "Colours are shown as brightness."))
    if "PixelSpacing" in header and _spacing(header) is None:
        notes.append(Note(Severity.ERROR, "The pixel spacing in the header is not usable: no millimetres."))
    if "ImageOrientationPatient" in header and directions is None:
        text_ = "The slice directions in the header are not at right angles or not numbers: no patient coordinates."
        notes.append(Note(Severity.ERROR, text_))
    if "ImagePositionPatient" in header and _corner(header) is None:
        text_ = "The slice positions in the header are not numbers: no patient coordinates."
        notes.append(Note(Severity.ERROR, text_))
    if is_contrast_enhanced(technical):
        notes.append(Note(Severity.INFO, "Acquired after contrast agent was given."))
    if part := mentioned_body_part(technical, technical["StudyDescription"]):
        text_ = f"The header mentions another body part ({part}), without further evidence: check that this is lumbar."
        notes.append(Note(Severity.WARNING, text_))
    return tuple(notes)
