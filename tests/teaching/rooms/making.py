"""A room for a set of phantom cases with released maps that no network made: blobs at the discs."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np

from pages.components.study_jobs import DEMONSTRATION
from spine_core.anatomy.types import Anatomy, Disc, Source
from spine_core.audit.batch.finding_maps import stored_map
from spine_core.audit.view import View
from spine_core.grading.types import Reading
from spine_core.library.database.schema import MapRow
from spine_core.library.keeping import keep, prepare
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.phantom import demo_study
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Plane, Series, Study, Weighting
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.exercise_case import ExerciseCase, Reference, ReferencePlace
from spine_core.teaching.release_store import release
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.rooms.store import open_room
from spine_core.teaching.rooms.types import Room
from spine_core.teaching.sets import create_set
from spine_core.weights import ModelId
from tests.library.making import finding

METHODS = ("grad_cam", "lime", "partition_shap", "control edges")
CONDITIONS, LEVELS = ("pfirrmann", "herniation"), ("L3/L4", "L4/L5")
SIZE, PIXELS = 32, 4.0
LEARNING_POINT = "A dark nucleus alone is grade IV; the collapse of the disc space makes it grade V."


def phantom_room(library: Library, owner: Person) -> Room:
    """Two cases of the demonstration's phantom: all its series, and the sagittal T2 alone."""
    folder = demo_study(DEMONSTRATION)
    sources = sources_from_path(folder)
    truth = json.loads((DEMONSTRATION / "truth.json").read_text())["levels"]
    full = open_study(sources)
    shown = {one for series in full.series if _is_t2(series) for one in series.files}
    parts = [sources, [one for one in sources if one.name in shown]]
    cases, made = [], []
    for part in parts:
        study = open_study(part)
        prepared = prepare(library, study, part)
        original, discs = (_discs(one, truth) for one in (prepared.study, prepared.kept))
        case_id = keep(library, owner, prepared, _reading(prepared.study, original)).case_id
        cases.append(_case(case_id, prepared.kept, discs, truth))
        made.append(tuple(_released(library, prepared.kept, one, truth) for one in _asked(discs)))
    exercise = ExerciseSet("Degeneration of the lower discs", tuple(cases), CONDITIONS, LEVELS)
    set_id = create_set(library, owner, exercise, shared=True)
    for place, found in enumerate(made):
        release(library, owner, set_id, place, found)
    return open_room(library, owner, set_id)


def _discs(study: Study, truth: dict) -> tuple[Disc, ...]:
    series = next(one for one in study.series if _is_t2(one))
    return tuple(_disc(series, level, truth[level]) for level in truth)


def _is_t2(series: Series) -> bool:
    return series.plane is Plane.SAGITTAL and series.weighting is Weighting.T2


def _asked(discs: tuple[Disc, ...]) -> list[tuple[Disc, str]]:
    return [(one, condition) for one in discs if one.level in LEVELS for condition in CONDITIONS]


def _disc(series: Series, level: str, truth: dict) -> Disc:
    index, row, column, _ = series.geometry.to_pixel(truth["center_mm"])
    _, back_row, back_column, _ = series.geometry.to_pixel(truth["posterior_mm"])
    return Disc(
        level,
        series.uid,
        index,
        (row, column),
        (back_row, back_column),
        None,
        40.0,
        (1.0, 0.0),
        0.9,
        Source.NETWORK,
    )


def _reading(study: Study, discs: tuple[Disc, ...]) -> Reading:
    anatomy = Anatomy(discs[0].series_uid, discs, level_certain=True, reasons=())
    findings = tuple(finding(one.level, "pfirrmann", "4") for one in discs)
    models = ModelId("ensemble", "1", "a" * 64), ModelId("detector", "1", "b" * 64)
    return Reading(study.sha256, *models, discs, findings, (anatomy,))


def _case(case_id: str, study: Study, discs: tuple[Disc, ...], truth: dict) -> ExerciseCase:
    references, places = [], []
    for one, name in _asked(discs):
        grade = truth[one.level]["grades"][name]
        references.append(Reference(one.level, name, grade, "truth of the phantom"))
        places.append(ReferencePlace(one.level, name, one.series_uid, one.slice_index, *one.center_px, 14.0))
    return ExerciseCase(case_id, study.sha256, LEARNING_POINT, tuple(references), tuple(places))


def _released(library: Library, study: Study, asked: tuple[Disc, str], truth: dict) -> ReleasedFinding:
    disc, condition = asked
    grade = "4" if condition == "pfirrmann" else truth[disc.level]["grades"][condition]
    frame = (PIXELS, 0.0, disc.center_px[0] - 64, 0.0, PIXELS, disc.center_px[1] - 64)
    view = View(disc.series_uid, disc.slice_index, frame, SIZE)
    hashes = {}
    with library.database.writing() as session:
        for number, method in enumerate(METHODS):
            hashes[method] = library.content.put(stored_map(_blob(number, disc.level)))
            session.add(_row(study, disc.level, condition, grade, method, hashes[method], view))
    found = finding(disc.level, condition, grade, 0.72)
    verdicts = {"grad_cam": "Grad-CAM passes the test against maps made without the network."}
    return ReleasedFinding(
        disc.level, condition, grade, dict(found.probabilities), ("3", "4") if condition == "pfirrmann" else (grade,),
        members_disagree=False, maps=hashes, verdicts=verdicts, view=view,
    )  # fmt: skip


def _blob(number: int, level: str) -> np.ndarray:
    rng = np.random.default_rng([number, *level.encode()])
    row, column = 15.5 + rng.normal(0, 3, 2)
    down, across = np.mgrid[0:SIZE, 0:SIZE]
    return np.exp(-((down - row) ** 2 + (across - column) ** 2) / (10.0 + 20 * number)).astype(np.float32)


def _row(
    study: Study, level: str, condition: str, grade: str, method: str, sha256: str, view: View
) -> MapRow:
    return MapRow(
        key=f"{study.sha256[:16]} {level} {condition} {method}", study_sha256=study.sha256, level=level,
        condition=condition, grade=grade, target=condition, probability=0.72, method=method.removeprefix("control "),
        control=method.startswith("control "), draw=0, network="ensemble", network_sha256="a" * 64, settings={}, seed=0,
        backend="torch", status="done", metrics={}, map_sha256=sha256, view=asdict(view), seconds=1.0,
    )  # fmt: skip
