"""The codes of all objects (PS3.16 annex D, SNOMED CT, UCUM, RadElement), and our own where no standard has one.

Standard codes are those of pydicom's tables. Ours are in ``SCHEME``: no code of SNOMED CT for a Pfirrmann or Modic
grade could be confirmed, and a wrong code is worse than a private one. ``docs/dicom-objects.md`` lists them.
"""

from __future__ import annotations

import hashlib

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spine_core.anatomy.types import ABOVE
from spine_core.explanation.base import MethodFamily
from spine_core.explanation.registry import REGISTRY
from spine_core.networks.conditions import BY_NAME, Condition

SCHEME = "99SPINELENS"
"""Designator of our codes; those that begin with 99 are private (PS3.16 section 8)."""

LONGEST_MEANING = 64
"""Characters of a Code Meaning (VR LO)."""

DISCS = {
    ABOVE: Code("76206002", "SCT", "T12/L1 disc"),
    "L1/L2": Code("80064006", "SCT", "L1/L2 disc"),
    "L2/L3": Code("67459009", "SCT", "L2/L3 disc"),
    "L3/L4": Code("62551000", "SCT", "L3/L4 disc"),
    "L4/L5": Code("84020006", "SCT", "L4/L5 disc"),
    "L5/S1": Code("715056000", "SCT", "L5/S1 disc"),
}
"""By level, from CID 7604."""


def own(value: str, meaning: str) -> Code:
    """A code of ``SCHEME``. Raises ``ValueError`` for more than the 16 characters of a Code Value (VR SH)."""
    if len(value) > 16:
        msg = f"a code value has 16 characters at most, not {value!r}"
        raise ValueError(msg)
    return Code(value, SCHEME, meaning[:LONGEST_MEANING])


PFIRRMANN = Code("RDES281", "RADELEMENT", "Pfirrmann classification")

CONDITION_CODES = {
    "pfirrmann": PFIRRMANN,
    "bulging": own("DISC-BULGING", "Disc bulging"),
    "herniation": own("DISC-HERNIATION", "Disc herniation"),
    "narrowing": own("DISC-NARROWING", "Disc space narrowing"),
    "canal_stenosis": own("CANAL-INDENT", "Indentation of the thecal sac, not a graded stenosis"),
    "modic": own("MODIC", "Modic change"),
    "endplate_upper": own("ENDPLATE-UPPER", "Change of the endplate above the disc"),
    "endplate_lower": own("ENDPLATE-LOWER", "Change of the endplate below the disc"),
    "spondylolisthesis": own("LISTHESIS", "Spondylolisthesis"),
    "ddd": own("DDD-LABEL", "Degenerative disc disease, label of a training set"),
}
"""Conditions of the released networks."""

MEASUREMENT_CODES = {
    "disc_height": codes.DCM.Height,
    "disc_height_index": own("DISC-HEIGHT-IDX", "Disc height over mean height of both vertebrae"),
    "signal_ratio": own("DISC-CSF-SIGNAL", "Median disc signal over cerebrospinal fluid signal"),
    "canal_diameter": own("CANAL-DEPTH", "Sagittal diameter of the spinal canal at the disc"),
    "slip_percent": own("SLIP-PERCENT", "Anterior slip of the upper vertebra (Taillard 1954)"),
    "bulge_depth": own("POST-DISC-EXTENT", "Disc beyond the posterior corners of the vertebrae"),
}
"""Measurements of ``anatomy.measurements``."""

MEASUREMENT_UNITS = {
    "disc_height_index": codes.UCUM.Ratio,
    "signal_ratio": codes.UCUM.Ratio,
    "slip_percent": codes.UCUM.Percent,
}
"""Units that do not depend on the spacing; lengths are in ``LENGTH_UNITS``."""

LENGTH_UNITS = {
    "mm": codes.UCUM.Millimeter,
    "inter-disc distances": Code("{inter-disc}", "UCUM", "inter-disc distances"),
}
"""By ``Measurements.unit``."""

GRADE = own("GRADE", "Grade that the probability is of")
NOT_EXCLUDED = own("NOT-EXCLUDED", "Grade that the prediction set does not exclude")
GENERAL_SECTION = own("GENERAL", "General remarks")
NOT_ASSESSED_SECTION = own("NOT-ASSESSED", "Not assessed")
UNNAMED_DISC = own("DISC-UNNAMED", "Intervertebral disc whose level is not named")
CONTROL_MAP = own("CONTROL-MAP", "Control map, which explains nothing")

PRESENT: Code = codes.DCM.Present
ABSENT: Code = codes.DCM.Absent
SALIENCY: Code = codes.DCM.Saliency
GRADIENT_WEIGHTED_ACTIVATION: Code = codes.DCM.GradientWeightedClassActivation

GRADIENT_WEIGHTED = ("grad_cam", "grad_cam_plus_plus", "hires_cam")
MAP_CODES: dict[MethodFamily, Code] = {
    MethodFamily.ACTIVATION: codes.DCM.ClassActivation,
    MethodFamily.CONTROL: CONTROL_MAP,
}


def condition_code(condition: Condition) -> Code:
    """The concept that is graded; of a network of a user, a private code made of the condition's name."""
    if BY_NAME.get(condition.name) == condition:
        return CONDITION_CODES[condition.name]
    return own(_hashed(condition.name), condition.label)


def grade_code(condition: Condition, grade: str) -> Code:
    """A grade. Raises ``ValueError`` where the condition has no such grade."""
    label = condition.grade_labels[condition.grades.index(grade)]
    if condition.grade_labels == ("absent", "present"):
        return PRESENT if label == "present" else ABSENT
    if BY_NAME.get(condition.name) == condition:
        return own(f"{condition.name.upper()}-{grade}", f"{condition.label} {label}")
    return own(_hashed(f"{condition.name}/{grade}"), f"{condition.label} {label}")


def _hashed(name: str) -> str:
    """A code value for a name of any length: equal for equal names."""
    return f"N-{hashlib.sha256(name.encode()).hexdigest()[:12].upper()}"


def map_code(method: str) -> Code:
    """What the values of a map are, by the method's name.

    LIME, SHAP and occlusion have no code of their own: they are saliency, and the method is named in text. Raises
    ``KeyError`` for an unknown method.
    """
    if method in GRADIENT_WEIGHTED:
        return GRADIENT_WEIGHTED_ACTIVATION
    return MAP_CODES.get(REGISTRY[method].family, SALIENCY)


def lumbar_spine() -> Dataset:
    """The item of a Frame Anatomy Sequence (PS3.3 C.7.6.16.2.8)."""
    from highdicom.sr import CodedConcept

    item = Dataset()
    item.AnatomicRegionSequence = [CodedConcept.from_code(codes.SCT.LumbarSpine)]
    item.FrameLaterality = "U"
    return item
