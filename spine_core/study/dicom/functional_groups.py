"""Per-frame headers of multi-frame objects: enhanced MR's functional groups (PS3.3 C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.valuerep import VR

from spine_core.study.dicom.header_values import items, text
from spine_core.study.dicom.parsing import PIXEL_GROUP
from spine_core.study.dicom.tags import NEEDED, TECHNICAL

FUNCTIONAL_GROUP = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "WindowCenter": "FrameVOILUTSequence",
    "WindowWidth": "FrameVOILUTSequence",
    "VOILUTFunction": "FrameVOILUTSequence",
    "EffectiveEchoTime": "MREchoSequence",
    "RepetitionTime": "MRTimingAndRelatedParametersSequence",
    "EchoTrainLength": "MRTimingAndRelatedParametersSequence",
    "FlipAngle": "MRTimingAndRelatedParametersSequence",
    "FrameType": "MRImageFrameTypeSequence",
    "ComplexImageComponent": "MRImageFrameTypeSequence",
    "AcquisitionContrast": "MRImageFrameTypeSequence",
    "VolumetricProperties": "MRImageFrameTypeSequence",
    "VolumeBasedCalculationTechnique": "MRImageFrameTypeSequence",
    "TemporalPositionIndex": "FrameContentSequence",
    "FrameAcquisitionNumber": "FrameContentSequence",
    "FrameAcquisitionDateTime": "FrameContentSequence",
    "StackID": "FrameContentSequence",
    "DiffusionBValue": "MRDiffusionSequence",
    "InversionTimes": "MRModifierSequence",
    "SpectrallySelectedSuppression": "MRModifierSequence",
    "ContrastBolusAgentAdministered": "ContrastBolusUsageSequence",
}
"""The functional group of enhanced MR that holds a top-level attribute of classic images."""

CLASSIC = {
    "FrameType": "ImageType",
    "TemporalPositionIndex": "TemporalPositionIdentifier",
    "FrameAcquisitionNumber": "AcquisitionNumber",
    "FrameAcquisitionDateTime": "AcquisitionDateTime",
    "InversionTimes": "InversionTime",
    "EffectiveEchoTime": "EchoTime",
}
"""Keywords of classic images where they differ from enhanced MR's."""

CLASSIC_KEYWORDS = tuple(
    keyword
    for keyword in (*TECHNICAL, *NEEDED)
    if not keyword.endswith(("PixelData", "LookupTableData")) and dictionary_VR(keyword) != VR.SQ
)
"""The attributes read that a converted object may hold unassigned."""

UNASSIGNED = ("UnassignedSharedConvertedAttributesSequence", "UnassignedPerFrameConvertedAttributesSequence")
"""Sequences of legacy converted objects with classic attributes that have no functional group
(PS3.3 C.7.6.16.2.25)."""


def frame_headers(dataset: Dataset, frames: int) -> Iterator[Dataset]:
    """One classic header per frame: its own values, else the shared ones, else the object's."""
    if "SharedFunctionalGroupsSequence" not in dataset and "PerFrameFunctionalGroupsSequence" not in dataset:
        for _ in range(frames):
            yield dataset
        return
    shared = (items(dataset, "SharedFunctionalGroupsSequence") or [Dataset()])[0]
    own = items(dataset, "PerFrameFunctionalGroupsSequence")
    implicit, little = dataset.original_encoding
    plain = Dataset()
    plain.update({element.tag: element for element in dataset.elements() if element.tag.group < PIXEL_GROUP})
    for index in range(frames):
        header = Dataset()
        header.set_original_encoding(implicit, little, dataset.original_character_set)
        header.update(plain)
        groups = [shared, own[index]] if index < len(own) else [shared]
        for group in groups:
            for sequence in UNASSIGNED:
                for item in items(group, sequence)[:1]:
                    for keyword in CLASSIC_KEYWORDS:
                        if keyword in item:
                            _copy(item, keyword, header)
            for keyword, macro in FUNCTIONAL_GROUP.items():
                for item in items(group, macro)[:1]:
                    if keyword in item:
                        _copy(item, keyword, header)
            _copy_body_part(group, header)
        yield header


def _copy_body_part(group: Dataset, header: Dataset) -> None:
    """Copies the anatomic region, which is coded in enhanced objects, to Body Part Examined of classic ones."""
    for anatomy in items(group, "FrameAnatomySequence")[:1]:
        for region in items(anatomy, "AnatomicRegionSequence")[:1]:
            if "BodyPartExamined" not in header and "CodeMeaning" in region:
                header.BodyPartExamined = text(region, "CodeMeaning")


def _copy(item: Dataset, keyword: str, header: Dataset) -> None:
    name = CLASSIC.get(keyword, keyword)
    try:
        setattr(header, name, item[keyword].value)
    except Exception:  # a damaged value is treated as absent
        return
