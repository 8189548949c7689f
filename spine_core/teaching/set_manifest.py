"""What a set file says of itself: the set, the files of its cases by hash, and the released findings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from spine_core.anatomy.types import LEVELS
from spine_core.library.errors import LibraryError
from spine_core.networks.conditions import BY_NAME
from spine_core.study.limits import MAX_SPACING_MM, MIN_SPACING_MM
from spine_core.study.types import Weighting
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.typed import fits

FORMAT, VERSION = "SpineLens set of exercises", 1
MAX_MAP_SIDE = 4096
"""Pixels; maps have the size of a network's input."""

NO_SET_FILE = "this file is no set of exercises that SpineLens wrote, or it was changed"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"(?:[0-9]{1,6}/)?[0-9]{4,9}\.(?:dcm|png|nii\.gz|hdr|img)")
"""As de-identification names the files of a case."""
_PATIENT = re.compile(r"[A-Za-z0-9-]{1,32}")


@dataclass(frozen=True)
class PackedFile:
    """One de-identified file of a case, under a neutral name."""

    name: str
    sha256: str
    nbytes: int


@dataclass(frozen=True)
class PackedLevel:
    """Where a level lies, as ``Disc``; ``series``: its number in the study. Pixel positions are (row, column)."""

    level: str
    series: int
    slice_index: int
    center_px: tuple[float, ...]
    posterior_px: tuple[float, ...]
    inter_disc_px: float
    caudal: tuple[float, ...]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> PackedLevel:
        """The level of JSON values."""
        pairs = {name: tuple(values[name]) for name in ("center_px", "posterior_px", "caudal")}
        return cls(**{**values, **pairs})

    @property
    def possible(self) -> bool:
        """Whether it may be a level of a study, whichever that is."""
        pairs = (self.center_px, self.posterior_px, self.caudal)
        return (
            self.level in LEVELS
            and min(self.series, self.slice_index) >= 0
            and self.inter_disc_px > 0
            and all(len(one) == 2 for one in pairs)
        )


@dataclass(frozen=True)
class PackedCase:
    """``patient``: pseudonym. ``weighting``, ``spacing``: stated by the user. ``findings``: released of the case.

    ``levels``: as they were kept with the case, so that a learner knows which disc is L4/L5.
    """

    files: tuple[PackedFile, ...]
    patient: str
    weighting: str | None
    spacing: float | None
    findings: tuple[ReleasedFinding, ...] | None
    levels: tuple[PackedLevel, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> PackedCase:
        """The case of JSON values."""
        findings = values["findings"]
        return cls(
            **{
                **values,
                "files": tuple(PackedFile(**one) for one in values["files"]),
                "levels": tuple(PackedLevel.of(one) for one in values.get("levels", ())),
                "findings": None if findings is None else tuple(ReleasedFinding.of(one) for one in findings),
            }
        )


@dataclass(frozen=True)
class Manifest:
    """``exercise``: its cases are numbered, since another library gives them other ids. ``cases``: in its order."""

    exercise: ExerciseSet
    cases: tuple[PackedCase, ...]

    @property
    def map_hashes(self) -> frozenset[str]:
        """Of all released maps."""
        return frozenset(
            sha256 for case in self.cases for one in case.findings or () for sha256 in one.maps.values()
        )

    @property
    def hashes(self) -> frozenset[str]:
        """Of all content of the file."""
        return self.map_hashes | {one.sha256 for case in self.cases for one in case.files}

    def text(self) -> bytes:
        """As JSON, equal for equal manifests."""
        values = {"format": FORMAT, "version": VERSION, "licence": self.exercise.licence, **asdict(self)}
        return json.dumps(values, sort_keys=True, indent=1, ensure_ascii=False).encode()

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        """The manifest of ``text()``, by whomever. Raises ``LibraryError``."""
        try:
            values = json.loads(text)
            if values["format"] != FORMAT or values["version"] != VERSION:
                raise ValueError
            found = cls(
                ExerciseSet.of(values["exercise"]), tuple(PackedCase.of(one) for one in values["cases"])
            )
            if not fits(found, cls) or not _consistent(found):
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise LibraryError(NO_SET_FILE) from None
        return found


def numbered(exercise: ExerciseSet) -> ExerciseSet:
    """The set with numbers in place of the ids that its cases have in this library."""
    cases = tuple(replace(one, case_id=str(place)) for place, one in enumerate(exercise.cases))
    return replace(exercise, cases=cases)


def _consistent(manifest: Manifest) -> bool:
    exercise = manifest.exercise
    return (
        exercise == numbered(exercise)
        and len(manifest.cases) == len(exercise.cases)
        and len({one.study_sha256 for one in exercise.cases}) == len(exercise.cases)
        and all(map(_possible_case, manifest.cases))
        and all(_SHA256.fullmatch(one) for one in manifest.hashes)
    )


def _possible_case(case: PackedCase) -> bool:
    names, findings = [one.name for one in case.files], case.findings or ()
    return (
        0 < len(set(names)) == len(names)
        and all(_NAME.fullmatch(one) for one in names)
        and _PATIENT.fullmatch(case.patient) is not None
        and (case.weighting is None or case.weighting in list(Weighting))
        and (case.spacing is None or MIN_SPACING_MM <= case.spacing <= MAX_SPACING_MM)
        and len({(one.level, one.condition) for one in findings}) == len(findings)
        and all(map(_possible_finding, findings))
        and len({one.level for one in case.levels}) == len(case.levels)
        and all(one.possible for one in case.levels)
    )


def _possible_finding(one: ReleasedFinding) -> bool:
    if one.level not in LEVELS or one.condition not in BY_NAME:
        return False
    grades = BY_NAME[one.condition].grades
    named = {*one.probabilities, *one.prediction_set, *(() if one.grade is None else (one.grade,))}
    view = one.view
    return named <= set(grades) and (view is None or (len(view.frame) == 6 and 0 < view.size <= MAX_MAP_SIDE))
