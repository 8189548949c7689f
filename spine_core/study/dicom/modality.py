"""Infers the modality of an object from what its header holds after de-identification."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    EnhancedMRColorImageStorage,
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
)

from spine_core.study.dicom.header_values import text

MR_CLASSES = frozenset(
    {
        MRImageStorage,
        EnhancedMRImageStorage,
        EnhancedMRColorImageStorage,
        LegacyConvertedEnhancedMRImageStorage,
    }
)

NO_MODALITY = ("Secondary Capture", "Raw Data")
"""SOP classes that hold images or data of any modality."""

MR_PARAMETERS = (
    "EchoTime",
    "EffectiveEchoTime",
    "RepetitionTime",
    "InversionTime",
    "MagneticFieldStrength",
    "ScanningSequence",
    "EchoPulseSequence",
    "EchoTrainLength",
    "MRAcquisitionType",
)
CT_PARAMETERS = ("KVP", "ConvolutionKernel")


class ModalityEvidence(StrEnum):
    """The evidence for an object's modality, the strongest first."""

    MODALITY = "Modality"
    SOP_CLASS = "SOP class"
    META_SOP_CLASS = "SOP class of the file meta information"
    PARAMETERS = "sequence parameters"
    NONE = "nothing"


@dataclass(frozen=True)
class ModalityResult:
    """``modality``: a value of the Modality attribute (PS3.3 C.7.3.1.1.1), empty where it is unknown."""

    modality: str
    evidence: ModalityEvidence


def infer_modality(dataset: Dataset) -> ModalityResult:
    """Modality by the first evidence available: Modality, SOP class, SOP class of the file meta, parameters."""
    if stated := text(dataset, "Modality").upper():
        return ModalityResult(stated, ModalityEvidence.MODALITY)
    classes = (
        (text(dataset, "SOPClassUID"), ModalityEvidence.SOP_CLASS),
        (text(dataset.file_meta, "MediaStorageSOPClassUID"), ModalityEvidence.META_SOP_CLASS),
    )
    for uid, evidence in classes:
        if modality := _modality_of_class(uid):
            return ModalityResult(modality, evidence)
    for keywords, modality in ((MR_PARAMETERS, "MR"), (CT_PARAMETERS, "CT")):
        if any(text(dataset, keyword) for keyword in keywords):
            return ModalityResult(modality, ModalityEvidence.PARAMETERS)
    return ModalityResult("", ModalityEvidence.NONE)


def _modality_of_class(uid: str) -> str:
    """``MR``, the name of another class (PS3.6 table A-1), or empty for private, unknown and general classes."""
    if uid in MR_CLASSES:
        return "MR"
    name, storage, _ = UID(uid).name.partition(" Storage")
    if not storage or any(general in name for general in NO_MODALITY):
        return ""
    return name.removesuffix(" Image")
