"""Which attributes outside table E.1-1 keep their text: default deny, with the reasons for what stays."""

from __future__ import annotations

DESCRIPTORS = frozenset({"SeriesDescription", "StudyDescription", "ProtocolName", "BodyPartExamined"})
"""Attributes of Clean Descriptors, reduced to technical words. Table E.1-1 lists all but the last one."""

TEXT = frozenset(
    {
        "Manufacturer",
        "ManufacturerModelName",
        "SoftwareVersions",
        "SequenceName",
        "PulseSequenceName",
        "ReceiveCoilName",
        "TransmitCoilName",
        "MultiCoilElementName",
        "ImagedNucleus",
        "ConvolutionKernel",
        "RescaleType",
        "ModalityLUTType",
    }
)
"""LO and SH that the scanner fills in, not a person; read by ``study`` or required in enhanced MR."""

CODES = frozenset({"CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning"})
CODING_SCHEMES = frozenset({"DCM", "SCT", "SRT", "UCUM"})
"""Concepts of published terminologies stay; those of a site's own are dropped."""

CODE_STRING_GROUPS = frozenset({0x0018, 0x0020, 0x0028, 0x2050})
"""Acquisition, relationship, image presentation and presentation LUT: their code strings describe the image."""
CODE_STRINGS = frozenset(
    {
        "ImageType",
        "Modality",
        "ConversionType",
        "FrameType",
        "PixelPresentation",
        "VolumetricProperties",
        "VolumeBasedCalculationTechnique",
        "ComplexImageComponent",
        "AcquisitionContrast",
        "SyntheticData",
        "PresentationIntentType",
        "ContextIdentifier",
        "MappingResource",
    }
)
"""Code strings of group 0008 that describe the image."""

NUMBERED = frozenset({"StackID"})
"""Text that counts; stays where it is a number."""

LOOKUP_TABLES = frozenset(
    {
        "LUTData",
        "RedPaletteColorLookupTableData",
        "GreenPaletteColorLookupTableData",
        "BluePaletteColorLookupTableData",
    }
)
PIXELS = frozenset(
    {
        "PixelData",
        "FloatPixelData",
        "DoubleFloatPixelData",
        "ExtendedOffsetTable",
        "ExtendedOffsetTableLengths",
    }
)
"""Bulk data of the object itself; nested pixel data are previews."""

TYPE_2 = frozenset(
    {
        "PositionReferenceIndicator",
        "ReceiveCoilManufacturerName",
        "TransmitCoilManufacturerName",
        "AcquisitionContextSequence",
    }
)
"""Required attributes that may be empty (PS3.5 7.4.3), where the value is denied or the table leaves the choice."""
TYPE_1 = frozenset({"DeviceSerialNumber"})
"""Required attributes that may not be empty, where the table leaves the choice: enhanced MR demands it."""

PATIENT_GROUPS = frozenset({0x0010, 0x0012, 0x0032, 0x0038})
"""Dates of the patient, of a trial, of requests and visits are not those of an acquisition, and do not stay."""
