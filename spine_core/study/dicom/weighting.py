"""Infers the weighting of an MR series from its header, with the reason.

Timing parameters take precedence over names; a note reports where they disagree. Ranges of echo and repetition time
are those of spin-echo spine protocols (ACR-ASNR-SCBT-MR practice parameter for MRI of the adult spine). Values between
the ranges are deliberately neither T1 nor T2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spine_core.study.dicom.body_part import words
from spine_core.study.gradability import image_types, is_gradient_echo, positive_number
from spine_core.study.types import Note, Severity, Weighting

SHORT_TE_MS = 35.0
LONG_TE_MS = 60.0
SHORT_TR_MS = 1200.0
LONG_TR_MS = 1500.0
STIR_TI_MS = (80.0, 300.0)
"""Inversion times that null fat between 0.3 and 3 tesla."""
T1_FLAIR_TI_MS = (500.0, 1500.0)
"""Inversion times of T1-weighted inversion recovery, which has a short TE and a long TR."""
THIN_SLICE_MM = 2.0
"""3D turbo spin echo of the spine has thinner slices than this; 2D slices are at least 3 mm thick."""

WEIGHTING_RANGES = (
    ("STIR", f"TI {STIR_TI_MS[0]:g} to {STIR_TI_MS[1]:g} ms"),
    (
        "T1",
        f"TE up to {SHORT_TE_MS:g} ms and TR up to {SHORT_TR_MS:g} ms, or TI {T1_FLAIR_TI_MS[0]:g} to "
        f"{T1_FLAIR_TI_MS[1]:g} ms",
    ),
    ("proton density", f"TE up to {SHORT_TE_MS:g} ms and TR from {LONG_TR_MS:g} ms"),
    ("T2", f"TE from {LONG_TE_MS:g} ms and TR from {SHORT_TR_MS:g} ms"),
    ("T2 SPACE (3D)", f"as T2, 3D, slices up to {THIN_SLICE_MM:g} mm"),
    ("neither T1 nor T2", "gradient echoes, and all times between these"),
)
"""The same ranges in words, in the order of evaluation."""

_PLANE = "(?:s|sag|ax|tra|cor)?"
_VOLUME = "space|spc|spcr|cube|vista"
_NAMES: tuple[tuple[Weighting, str], ...] = (
    (Weighting.STIR, r"t?2?stir|tirm|ir fse|ir tse"),
    (Weighting.T2_SPACE, rf"t2 (?:\w+ )*?(?:3d|{_VOLUME})|(?:3d|{_VOLUME}) (?:\w+ )*?t2"),
    (Weighting.T2, rf"{_PLANE}t2(?:w|wi|fse|tse|frfse|weighted)?"),
    (Weighting.T1, rf"{_PLANE}t1(?:w|wi|fse|tse|weighted|flair)?"),
    (Weighting.PD, r"pdw?|proton density"),
    (Weighting.T2_SPACE, _VOLUME),
)
"""Patterns of series names, the most specific first: a STIR is often named T2 as well."""
_FAT_SUPPRESSED = re.compile(r"\b(?:fs|fat ?sat\w*|spair|spir|fat supp\w*|water|dixon w|fat free|chess|we)\b")
_WATER_SUFFIX = re.compile(r"_W\s*$")
_CONTRAST = re.compile(r"\b(?:gd|gado\w*|kontrast\w*|km|post(?! ?op\w*)|contrast\w*|ce)\b")
_NO_CONTRAST = re.compile(r"\b(?:pre|no|non|without|w o|ohne|nativ\w*|sans|sem|sin)\b")
_PLUS_C = re.compile(r"\+ ?c\b|\bc ?\+", re.IGNORECASE)
_NO_AGENT = frozenset({"", "NO", "NONE", "N", "NIL", "0", "WITHOUT"})


@dataclass(frozen=True)
class WeightingResult:
    """A weighting, the reason for it, and notes."""

    weighting: Weighting
    reason: str
    notes: tuple[Note, ...] = ()


def infer_weighting(header: Mapping[str, str]) -> WeightingResult:
    """Weighting of an MR series from its header."""
    named = _named(header)
    measured, reason = _measured(header)
    if is_gradient_echo(header):
        return WeightingResult(Weighting.OTHER, ", ".join(filter(None, ("gradient echo", reason))))
    notes = _fat_notes(header, named or measured)
    if measured is Weighting.UNKNOWN and named is None:
        return WeightingResult(
            Weighting.UNKNOWN, reason or "the header names neither weighting nor echo time", notes
        )
    if named is None:
        return WeightingResult(measured, reason, notes)
    by_name = f"the series is named as {_label(named)}"
    if measured in (Weighting.UNKNOWN, Weighting.OTHER):
        return WeightingResult(named, f"{by_name}; {reason}" if reason else by_name, notes)
    if _agree(named, measured):
        # a name can be more specific than the timing: STIR without a stated TI, SPACE without a slice thickness
        more_specific = measured in (Weighting.STIR, Weighting.T2_SPACE) and named is not Weighting.STIR
        best = measured if more_specific else named
        return WeightingResult(best, f"{reason}; {by_name}", notes)
    text = f"The series is named as {_label(named)}, but its timing ({reason}) is that of {_label(measured)}."
    return WeightingResult(measured, reason, (*notes, Note(Severity.WARNING, text)))


def is_fat_suppressed(header: Mapping[str, str]) -> bool:
    """True for spectral fat suppression, Dixon water images, or such a series name; STIR counts as a weighting."""
    options = {option.strip() for option in header.get("ScanOptions", "").upper().split("\\")}
    spectral = header.get("SpectrallySelectedSuppression", "").upper() in {"FAT", "FAT_AND_WATER"}
    description = header.get("SeriesDescription", "")
    named = _FAT_SUPPRESSED.search(words(description)) or _WATER_SUFFIX.search(description)
    return bool(
        spectral or {"FS", "SFS", "FATSAT"} & options or {"W", "WATER"} & image_types(header) or named
    )


def is_contrast_enhanced(header: Mapping[str, str]) -> bool:
    """True where the header or the series' name states that contrast agent was given."""
    administered = header.get("ContrastBolusAgentAdministered", "").upper()
    if administered in {"YES", "NO"}:
        return administered == "YES"
    if header.get("ContrastBolusAgent", "").upper() not in _NO_AGENT:
        return True
    description = header.get("SeriesDescription", "")
    name = words(description)
    named = _CONTRAST.search(name) and not _NO_CONTRAST.search(name)
    return bool(named or _PLUS_C.search(description))


def _named(header: Mapping[str, str]) -> Weighting | None:
    contrast = {
        "T1": Weighting.T1,
        "T2": Weighting.T2,
        "PROTON_DENSITY": Weighting.PD,
        "STIR": Weighting.STIR,
    }
    if header.get("AcquisitionContrast") in contrast:
        stated = contrast[header["AcquisitionContrast"]]
        if stated is not Weighting.T2:
            return stated
    for keyword in ("SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName"):
        text = words(header.get(keyword, ""))
        for weighting, pattern in _NAMES:
            if re.search(rf"(?:^| )(?:{pattern})(?:$| )", text):
                return weighting
    return contrast.get(header.get("AcquisitionContrast", ""))


def _measured(header: Mapping[str, str]) -> tuple[Weighting, str]:
    te = positive_number(header, "EchoTime") or positive_number(header, "EffectiveEchoTime")
    tr, ti = positive_number(header, "RepetitionTime"), positive_number(header, "InversionTime")
    facts = [f"{name} {value:g} ms" for name, value in (("TE", te), ("TR", tr), ("TI", ti)) if value]
    reason = ", ".join(facts)
    if te is None or tr is None:
        return Weighting.UNKNOWN, reason
    if ti and STIR_TI_MS[0] <= ti <= STIR_TI_MS[1]:
        return Weighting.STIR, reason
    if te <= SHORT_TE_MS and (tr <= SHORT_TR_MS or (ti and T1_FLAIR_TI_MS[0] <= ti <= T1_FLAIR_TI_MS[1])):
        return Weighting.T1, reason
    if te <= SHORT_TE_MS and tr >= LONG_TR_MS:
        return Weighting.PD, reason
    if te >= LONG_TE_MS and tr >= SHORT_TR_MS:
        thickness = positive_number(header, "SliceThickness")
        volume = header.get("MRAcquisitionType", "").upper() == "3D"
        if volume and thickness is not None and thickness <= THIN_SLICE_MM:
            return Weighting.T2_SPACE, f"3D spin echo, {reason}, slices of {thickness:g} mm"
        return Weighting.T2, reason
    return Weighting.OTHER, f"{reason}: between T1 and T2"


def _agree(named: Weighting, measured: Weighting) -> bool:
    long_echo = {Weighting.T2, Weighting.T2_SPACE, Weighting.STIR}
    # STIR has short or long echoes; without a stated TI its timing is that of PD or T2
    return (
        named is measured
        or {named, measured} <= long_echo
        or (named is Weighting.STIR and measured is Weighting.PD)
        or (
            # T1 FLAIR without a stated TI has the timing of a proton density series
            named is Weighting.T1 and measured is Weighting.PD
        )
    )


def _fat_notes(header: Mapping[str, str], weighting: Weighting) -> tuple[Note, ...]:
    if weighting not in (Weighting.T1, Weighting.T2, Weighting.T2_SPACE):
        return ()
    if not is_fat_suppressed(header):
        return ()
    text = "Fat is suppressed in this series; the networks were trained on series in which fat is bright."
    return (Note(Severity.WARNING, text),)


def _label(weighting: Weighting) -> str:
    labels = {Weighting.T2_SPACE: "T2 SPACE (3D)", Weighting.PD: "proton density"}
    return labels.get(weighting, weighting.value.upper())
