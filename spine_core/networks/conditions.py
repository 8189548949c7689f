"""The graded conditions, in a clinician's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spine_core.study.types import Weighting


class Scale(StrEnum):
    """How the grades of a condition relate."""

    ORDINAL = "ordinal"
    CATEGORICAL = "categorical"
    BINARY = "binary"


@dataclass(frozen=True)
class Condition:
    """A condition that is graded at every disc.

    ``needs``: weightings without which the condition cannot be graded (all of them must be there).
    ``recommended``: weightings without which the grade is less reliable; the finding then carries a note.
    ``highlighted``: grades that the reading summary highlights. ``site``, ``side``: where in the level, such as a
    foramen on the left; empty for the disc as a whole.
    """

    name: str
    label: str
    grades: tuple[str, ...]
    grade_labels: tuple[str, ...]
    scale: Scale
    needs: tuple[Weighting, ...]
    help: str
    recommended: tuple[Weighting, ...] = ()
    highlighted: tuple[str, ...] = ()
    site: str = ""
    side: str = ""


_YES_NO = ("0", "1")
_ABSENT_PRESENT = ("absent", "present")

CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "pfirrmann",
        "Pfirrmann grade",
        ("1", "2", "3", "4", "5"),
        ("I", "II", "III", "IV", "V"),
        Scale.ORDINAL,
        (Weighting.T2,),
        "Disc degeneration on sagittal T2 from I (bright, normal height) to V (dark, collapsed). Pfirrmann 2001.",
        highlighted=("5",),
    ),
    Condition(
        "bulging",
        "Disc bulging",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "Disc tissue beyond the edges of the vertebral bodies. The two training sets draw this line differently.",
    ),
    Condition(
        "herniation",
        "Disc herniation",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "Focal displacement of disc material (protrusion or extrusion). Few positives in training.",
        highlighted=("1",),
    ),
    Condition(
        "narrowing",
        "Disc space narrowing",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "Loss of disc height against the neighbouring levels.",
    ),
    Condition(
        "canal_stenosis",
        "Canal indentation (stenosis label)",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "The training label marks any indentation of the thecal sac (82 % of bulging discs carry it); "
        "it is not a graded central stenosis.",
        highlighted=("1",),
    ),
    Condition(
        "modic",
        "Modic change",
        ("0", "1", "2", "3"),
        ("none", "type 1", "type 2", "type 3"),
        Scale.CATEGORICAL,
        (),
        "Marrow change beside the endplates; types need T1 and T2. Types 1 and 3 are almost absent from training.",
        recommended=(Weighting.T1, Weighting.T2),
    ),
    Condition(
        "endplate_upper",
        "Upper endplate change",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "Irregularity or defect of the endplate above the disc.",
    ),
    Condition(
        "endplate_lower",
        "Lower endplate change",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "Irregularity or defect of the endplate below the disc.",
    ),
    Condition(
        "spondylolisthesis",
        "Spondylolisthesis",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "Slip of the vertebra above over the one below. Few positives in training.",
        highlighted=("1",),
    ),
    Condition(
        "ddd",
        "Degenerative disc disease (label)",
        _YES_NO,
        _ABSENT_PRESENT,
        Scale.BINARY,
        (),
        "As one hospital's annotators used the term: it nearly excludes a bulge there, and many Pfirrmann IV discs "
        "do not carry it.",
    ),
)

BY_NAME = {condition.name: condition for condition in CONDITIONS}
