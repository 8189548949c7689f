"""Rules that decide from the header which slices are graded, each with its evidence and its reason.

The networks were trained on sagittal spin-echo T1 and T2 images of the lumbar spine. Everything else is shown and not
graded, with the reason. A rule is an entry of ``RULES``; the documentation's table is generated from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spine_core.study.dicom.body_part import is_localizer, other_body_part, words
from spine_core.study.frame import Exclusion, Mask, Pixels
from spine_core.study.gradable_size import MIN_SIDE_PIXELS, too_small
from spine_core.study.intensity.inversion import INVERTED, looks_inverted
from spine_core.study.intensity.label_maps import is_label_map
from spine_core.study.types import Plane

Header = Mapping[str, str]
"""Values by the DICOM keywords of ``tags.TECHNICAL``, and ``StudyDescription``."""

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
"""SOP class of secondary captures, and prefix of their multi-frame classes."""

LONGEST_TE_MS = 300.0
"""Above this echo time only fluid has signal: MR myelography."""
THICKEST_MM = 15.0
"""Thicker slices are slabs, which project the whole disc into one image."""

DIFFUSION_TYPES = frozenset({"DIFFUSION", "TRACEW", "TRACE", "DIFFUSION_ANISO", "DWI"})
MAP_TYPES = frozenset(
    {"ADC", "FA", "EADC", "PERFUSION", "RCBV", "RCBF", "MTT", "TTP", "TMAX", "VELOCITY", "TCS", "TEMPERATURE"}
)
PHASE_TYPES = frozenset({"P", "PHASE", "R", "REAL", "I", "IMAGINARY"})
FAT_TYPES = frozenset({"F", "FAT", "FF", "FAT_FRACTION", "FATFRACTION", "FAT FRACTION", "PDFF", "FAT_ONLY"})
OPPOSED_TYPES = frozenset(
    {"OP", "OPP", "OPP_PHASE", "OPPOSED_PHASE", "OUT_PHASE", "OUTPHASE", "OUT_OF_PHASE"}
)
PROJECTION_TYPES = frozenset(
    {
        "MIP",
        "MAX_IP",
        "MINIP",
        "MIN_IP",
        "MNIP",
        "PROJECTION IMAGE",
        "PROJECTION_IMAGE",
        "VOLUME_RENDER",
        "SURFACE_RENDER",
    }
)
PROJECTIONS = frozenset({"MAX_IP", "MIN_IP", "VOLUME_RENDER", "SURFACE_RENDER"})
"""Values of Volume Based Calculation Technique (PS3.3 C.8.16.2.1.3) for projections, not slices."""

_DIFFUSION = re.compile(r"\b(?:dwi|dti|diff|diffusion|ivim|tracew|ep2d diff|b ?[1-9]\d{1,3})\b")
_DIFFUSION_SEQUENCE = re.compile(r"^\*?(?:ep_b\d|ep2d_diff|re_b\d|rs_b\d)", re.IGNORECASE)
_MAP = re.compile(r"\b(?:e?adc|fa map|t[12] ?map|t[12] star map|r2 ?map|r2 star|mapit|parametric map)\b")
_FAT = re.compile(r"\bfat(?: only| image| fraction| percentage)?\b(?! ?(?:s|sat\w*|sup\w*|free|null\w*)\b)")
_NO_FAT = re.compile(r"\b(?:no|non|without|w o) fat\b")
_FAT_SUFFIX = re.compile(r"(?:_F|_FF|_PDFF)\s*$")
_OPPOSED = re.compile(r"\b(?:opp(?:osed)?(?: ?phase)?|out ?(?:of )?phase|outphase)\b")
_T2_STAR = re.compile(r"t2\s*\*|t2[ _-]?star", re.IGNORECASE)
_T2_STAR_NAME = re.compile(r"\b(?:medic|merge|mffe|m ffe|mgre|cosmic|swi|swan|swip)\b")
_GRADIENT_NAME = re.compile(
    r"\b(?:f?gre|flash|vibe|f?spgr|ffe|tfe|dess|ciss|fiesta|trufi|true ?fisp|bffe|lava|bravo|mprage|thrive|tof)\b"
)
_GRADIENT_SEQUENCE = re.compile(r"^\*?(?:fl|tfi|tfl|me|de|ci)[23]d", re.IGNORECASE)
_PROJECTION = re.compile(r"\b(?:mip|minip|max ip|min ip)\b")
_SUBTRACTION = re.compile(r"\b(?:sub|subs|subtract\w*)\b")
_MYELOGRAM = re.compile(r"\bmyelo\w*\b")


@dataclass(frozen=True)
class Rule:
    """One kind of image that is shown and not graded.

    ``reason``: evaluated on a header; returns the words for the screen where the rule applies, else an empty string.
    ``kind`` and ``evidence``: for the documentation. ``whole_series``: one slice excludes its whole series.
    ``other_contrast``: neither T1 nor T2, whatever the series is called.
    """

    kind: str
    evidence: str
    reason: Callable[[Header], str]
    whole_series: bool = False
    other_contrast: bool = False


def exclusion(header: Header, *, colour: bool = False) -> Exclusion | None:
    """The first of ``RULES`` that applies; None where no rule does."""
    for rule in RULES:
        if reason := rule.reason(header):
            return Exclusion(reason, rule.whole_series, rule.other_contrast)
    return Exclusion("a colour image") if colour else None


def image_types(header: Header) -> frozenset[str]:
    """Values of Image Type except ORIGINAL, DERIVED, PRIMARY and SECONDARY."""
    found = (value.strip() for value in header.get("ImageType", "").upper().split("\\"))
    return frozenset(found) - {"", "ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY"}


def is_gradient_echo(header: Header) -> bool:
    """True for pulse sequences with gradient echoes only; combined spin and gradient echoes count as spin echo."""
    pulse = header.get("EchoPulseSequence", "").upper()
    scanning = set(header.get("ScanningSequence", "").upper().split("\\"))
    if pulse in {"SPIN", "BOTH"} or "SE" in scanning:
        return False
    named = _GRADIENT_SEQUENCE.search(header.get("SequenceName", "").strip())
    return bool(pulse == "GRADIENT" or "GR" in scanning or named)


def is_secondary_capture(header: Header) -> bool:
    """True for screenshots, scanned film and other images that a workstation made."""
    return header.get("SOPClassUID", "").startswith(SECONDARY_CAPTURE) or bool(header.get("ConversionType"))


def positive_number(header: Header, keyword: str) -> float | None:
    """The first value where it is a number above 0, else None."""
    try:
        value = float(header[keyword].split("\\")[0])
    except (KeyError, ValueError):
        return None
    return value if value > 0 else None


def _name(header: Header) -> str:
    return words(header.get("SeriesDescription", ""))


def _names(header: Header) -> str:
    return words(header.get("SeriesDescription", ""), header.get("ProtocolName", ""))


def _other_modality(header: Header) -> str:
    modality = header.get("Modality", "").upper()
    return f"not MR (modality {modality})" if modality not in {"", "MR"} else ""


def _screenshot(header: Header) -> str:
    kinds = set(header.get("ImageType", "").upper().split("\\"))
    burned = header.get("BurnedInAnnotation", "").upper() == "YES"
    return "a screenshot with text burned in" if burned and {"DERIVED", "SECONDARY"} <= kinds else ""


def _map(header: Header) -> str:
    types = image_types(header)
    computed = types & MAP_TYPES | {
        t for t in types if t.endswith(("_MAP", " MAP")) and not t.startswith("PHASE")
    }
    if computed:
        return f"a computed map ({min(computed)}), not a T1 or T2 image"
    named = _MAP.search(_name(header))
    return f"a computed map ({named.group(0)}), not a T1 or T2 image" if named else ""


def _diffusion(header: Header) -> str:
    if b := positive_number(header, "DiffusionBValue"):
        return f"diffusion-weighted (b {b:g} s/mm²)"
    stated = (
        header.get("AcquisitionContrast", "").upper() == "DIFFUSION" or image_types(header) & DIFFUSION_TYPES
    )
    named = _DIFFUSION.search(_names(header)) or _DIFFUSION_SEQUENCE.search(
        header.get("SequenceName", "").strip()
    )
    return "diffusion-weighted" if stated or named else ""


def _phase(header: Header) -> str:
    component = header.get("ComplexImageComponent", "").upper()
    types = image_types(header)
    if component in {"PHASE", "REAL", "IMAGINARY", "MIXED"}:
        return f"not a magnitude image ({component.lower()})"
    if types & PHASE_TYPES or any(t.startswith("PHASE") for t in types):
        return "not a magnitude image (phase, real or imaginary part)"
    return ""


def _fat(header: Header) -> str:
    types, description = image_types(header), header.get("SeriesDescription", "")
    name = _name(header)
    named = _FAT.search(name) and not _NO_FAT.search(name)
    if types & FAT_TYPES or named or _FAT_SUFFIX.search(description):
        return "the fat part of a Dixon acquisition, not a T1 or T2 image"
    if types & OPPOSED_TYPES or _OPPOSED.search(name):
        return "the opposed-phase part of a Dixon acquisition, not a T1 or T2 image"
    return ""


def _t2_star(header: Header) -> str:
    texts = (header.get("SeriesDescription", ""), header.get("ProtocolName", ""))
    stated = header.get("AcquisitionContrast", "").upper() == "T2_STAR" or "T2_STAR" in image_types(header)
    if stated or any(_T2_STAR.search(text) for text in texts) or _T2_STAR_NAME.search(_names(header)):
        return "T2*-weighted, not T2"
    return ""


def _gradient_echo(header: Header) -> str:
    spin = {"SE"} & set(header.get("ScanningSequence", "").upper().split("\\"))
    named = not spin and _GRADIENT_NAME.search(_name(header))
    return (
        "a gradient echo, on which the networks were not trained" if is_gradient_echo(header) or named else ""
    )


def _echo_planar(header: Header) -> str:
    planar = "EP" in header.get("ScanningSequence", "").upper().split("\\")
    planar = planar or header.get("EchoPlanarPulseSequence", "").upper() == "YES"
    return "an echo planar image, not a T1 or T2 image" if planar else ""


def _other_contrast(header: Header) -> str:
    contrast = header.get("AcquisitionContrast", "").upper()
    known = {
        "PERFUSION": "perfusion",
        "TAGGING": "tagging",
        "TOF": "an angiogram",
        "PHASE_CONTRAST": "phase contrast",
    }
    return f"{known[contrast]}, not a T1 or T2 image" if contrast in known else ""


def _projection(header: Header) -> str:
    technique = header.get("VolumeBasedCalculationTechnique", "").upper()
    if (
        image_types(header) & PROJECTION_TYPES
        or technique in PROJECTIONS
        or _PROJECTION.search(_name(header))
    ):
        return "a projection through many slices (MIP), not a slice"
    return ""


def _subtraction(header: Header) -> str:
    stated = image_types(header) & {"SUBTRACTION", "SUB", "SUBTRACT"} or _SUBTRACTION.search(_name(header))
    return "a subtraction of two series" if stated else ""


def _mosaic(header: Header) -> str:
    return "a mosaic of many slices in one image" if "MOSAIC" in image_types(header) else ""


def _myelogram(header: Header) -> str:
    te = positive_number(header, "EchoTime") or positive_number(header, "EffectiveEchoTime")
    thickness = positive_number(header, "SliceThickness")
    if te is not None and te > LONGEST_TE_MS:
        return f"an MR myelogram (TE {te:g} ms), in which only fluid has signal"
    if thickness is not None and thickness > THICKEST_MM:
        return f"a slab {thickness:g} mm thick, not a slice"
    return "an MR myelogram, in which only fluid has signal" if _MYELOGRAM.search(_names(header)) else ""


def _body_part(header: Header) -> str:
    other = other_body_part(header, header.get("StudyDescription", ""))
    return f"its header names another body part ({other})" if other else ""


RULES: tuple[Rule, ...] = (
    Rule(
        "Secondary capture",
        "SOP class Secondary Capture; Conversion Type",
        lambda h: "a secondary capture, not the scanner's own images" if is_secondary_capture(h) else "",
    ),
    Rule(
        "Another modality",
        "Modality; else SOP class (data set, file meta); else sequence parameters",
        _other_modality,
    ),
    Rule(
        "Localizer",
        "Image Type LOCALIZER; names such as localizer, scout, survey; several planes in a short series",
        lambda h: "a localizer" if is_localizer(h) else "",
    ),
    Rule("Screenshot", "Burned In Annotation YES in a derived secondary image", _screenshot),
    Rule(
        "Computed map (ADC, T1 map, perfusion)", "Image Type; name of the series", _map, other_contrast=True
    ),
    Rule(
        "Diffusion",
        "b value above 0 in the standard or the vendor's element, of any slice of the series; Acquisition Contrast; "
        "Image Type; sequence name; name of the series",
        _diffusion,
        whole_series=True,
        other_contrast=True,
    ),
    Rule("Phase, real or imaginary part", "Complex Image Component; Image Type", _phase, other_contrast=True),
    Rule(
        "Dixon: fat, fat fraction, opposed phase",
        "Image Type; name of the series; vendor's suffix (_F, _opp, FAT:)",
        _fat,
        other_contrast=True,
    ),
    Rule("T2*", "Acquisition Contrast; Image Type; name of the series", _t2_star, other_contrast=True),
    Rule(
        "Gradient echo",
        "Echo Pulse Sequence; Scanning Sequence; sequence name; name of the series",
        _gradient_echo,
        other_contrast=True,
    ),
    Rule("Echo planar", "Scanning Sequence; Echo Planar Pulse Sequence", _echo_planar, other_contrast=True),
    Rule("Perfusion, tagging, angiography", "Acquisition Contrast", _other_contrast, other_contrast=True),
    Rule(
        "Projection (MIP)",
        "Image Type; Volume Based Calculation Technique; name of the series",
        _projection,
        other_contrast=True,
    ),
    Rule("Subtraction", "Image Type; name of the series", _subtraction, other_contrast=True),
    Rule("Mosaic", "Image Type", _mosaic, other_contrast=True),
    Rule(
        "MR myelogram, slab",
        f"echo time above {LONGEST_TE_MS:g} ms; slice thickness above {THICKEST_MM:g} mm; name of the series",
        _myelogram,
        other_contrast=True,
    ),
    Rule(
        "Another body part",
        "name of the series; else two of Body Part Examined, Study Description and name that agree, or one word "
        "specific to another body part; never where a lumbar word occurs",
        _body_part,
    ),
)
"""The rules in order: the first that applies gives the reason."""


@dataclass(frozen=True, eq=False)
class StackFacts:
    """What ``STACK_RULES`` evaluate, once the slices are sorted.

    ``pixels``: (slices, rows, columns). ``padding``: same shape, True for pixels without a grey value; None where all
    have one. ``inverted``: MONOCHROME1.
    """

    plane: Plane
    upright: bool
    pixels: Pixels
    padding: Mask | None = None
    inverted: bool = False


@dataclass(frozen=True)
class StackRule:
    """Like ``Rule``, but evaluated on a sorted stack."""

    kind: str
    evidence: str
    reason: Callable[[StackFacts], str]


def _other_plane(facts: StackFacts) -> str:
    other = facts.plane in (Plane.AXIAL, Plane.CORONAL, Plane.OBLIQUE)
    return f"only sagittal series are graded, this one is {facts.plane}" if other else ""


STACK_RULES: tuple[StackRule, ...] = (
    StackRule(
        "Too small",
        f"fewer than {MIN_SIDE_PIXELS} rows or columns",
        lambda facts: too_small(*facts.pixels.shape[1:]),
    ),
    StackRule("Axial, coronal, oblique", "Image Orientation (Patient)", _other_plane),
    StackRule(
        "Rotated or mirrored sagittal slices",
        "Image Orientation (Patient)",
        lambda facts: "" if facts.upright else "stored rotated or mirrored, unlike the training data",
    ),
    StackRule(
        "Mask, label map",
        "pixels: nearly all of the foreground lies in flat regions",
        lambda facts: "a mask or label map, not an image" if is_label_map(facts.pixels) else "",
    ),
    StackRule(
        "Inverted grey scale that the header does not state",
        "pixels: the rim of the image is brighter than most of its interior",
        lambda facts: (
            INVERTED if looks_inverted(facts.pixels, facts.padding, inverted=facts.inverted) else ""
        ),
    ),
)
"""Evaluated after ``RULES``, in order."""
