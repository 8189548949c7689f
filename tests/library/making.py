"""Small cases for the tests: a picture of noise as study, and a reading written by hand."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from spine_core.anatomy.types import Anatomy, Disc, Source
from spine_core.grading.types import Finding, Reading, Status
from spine_core.library.cases import Description
from spine_core.library.deidentification.files import DeidentifiedFiles
from spine_core.library.keeping import Prepared, Stated, keep
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.study import SourceFile, open_study
from spine_core.study.types import Study
from spine_core.weights import ModelId

GRADES = {"pfirrmann": ("1", "2", "3", "4", "5"), "herniation": ("0", "1")}


def picture(seed: int) -> SourceFile:
    """A PNG of 64 x 48 pixels of noise."""
    grey = np.random.default_rng(seed).integers(0, 256, (64, 48), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return SourceFile(f"{seed}.png", out.getvalue())


def disc(study: Study, level: str, source: Source = Source.NETWORK) -> Disc:
    return Disc(
        level, study.series[0].uid, 0, (30.0, 20.0), (30.0, 26.0), None, 12.0, (1.0, 0.0), 0.9, source
    )


def finding(level: str, condition: str, grade: str, probability: float = 0.9, **changes) -> Finding:
    others = [one for one in GRADES[condition] if one != grade]
    probabilities = {one: (1 - probability) / len(others) for one in others} | {grade: probability}
    ordered = {one: probabilities[one] for one in GRADES[condition]}
    return Finding(
        level, condition, Status.GRADED, probabilities=ordered, grade=grade,
        prediction_set=changes.pop("prediction_set", (grade,)), **changes,
    )  # fmt: skip


def reading(study: Study, *findings: Finding, corrections: tuple[str, ...] = ()) -> Reading:
    discs = tuple(disc(study, level) for level in dict.fromkeys(one.level for one in findings))
    model = ModelId("ensemble", "1", "a" * 64)
    anatomy = Anatomy(study.series[0].uid, discs, level_certain=True, reasons=())
    return Reading(
        study.sha256, model, ModelId("detector", "1", "b" * 64), discs, findings, (anatomy,),
        corrections=corrections,
    )  # fmt: skip


def kept(library: Library, person: Person, *findings: Finding, seed: int = 0, **described) -> str:
    """The id of a case whose network reported ``findings``."""
    study, prepared = prepared_picture(seed)
    made = reading(study, *findings) if findings else None
    return keep(library, person, prepared, made, Description(**described)).case_id


def prepared_picture(seed: int) -> tuple[Study, Prepared]:
    file = picture(seed)
    study = open_study([file])
    files = DeidentifiedFiles(
        files=(SourceFile("0001.png", file.data),), patient_id="SL-TEST", warnings=(), removed={}, left_out=0
    )
    return study, Prepared(study, study, files, Stated())
