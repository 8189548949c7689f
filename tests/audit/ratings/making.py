"""Protocols and their maps, made without networks."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import numpy as np

from spine_core.audit.batch.finding_maps import stored_map
from spine_core.audit.batch.store import begin_batch
from spine_core.audit.batch.types import BatchPlan
from spine_core.audit.ratings.protocol import AuditedFinding, Protocol, Question
from spine_core.audit.ratings.rating import Answers
from spine_core.audit.reasons.content import Bar, Chart, Picture, ReasonContent, png_of, stored_reason
from spine_core.audit.view import View
from spine_core.library.database.schema import BatchMapRow, BatchStudyRow, CaseRow, MapRow
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.study import open_study
from tests.library.making import finding, kept, picture

METHODS = ("grad_cam", "lime", "partition_shap", "control random", "control edges")
ONE = (Question("place", "The place is plausible", 1, 6),)
REASONS = ("measurements", "control other_measurements")
VIEW = View("series", 0, (0.5, 0.0, 10.0, 0.0, 0.5, 20.0), 8)


def protocol(count: int = 20, **changes) -> Protocol:
    findings = tuple(
        AuditedFinding(f"case{number}", "L4/L5", "pfirrmann", "ensemble", {one: f"{number}{one}" for one in METHODS})
        for number in range(count)
    )  # fmt: skip
    return Protocol(
        **({"title": "Trial", "findings": findings, "raters": (1, 2, 3), "repeats": 0.2} | changes)
    )


def small(*raters: Person, **changes) -> Protocol:
    given = {"raters": tuple(one.id for one in raters), "questions": ONE, "repeats": 0.0}
    return protocol(3, **(given | changes))


def answers(score=4, letters="ABCDE", **changes) -> Answers:
    return Answers({letter: {"place": score} for letter in letters}, **changes)


def attribution(number: int, method: str) -> np.ndarray:
    """The map of a method for the finding of that number."""
    return np.random.default_rng([number, *method.encode()]).random((8, 8), dtype=np.float32)


def reason(number: int, method: str) -> ReasonContent:
    """What is shown of a reason that is no map, for the finding of that number."""
    return ReasonContent(
        (f"Grade IV by the measurements: {len(method)} %.",),
        (
            Chart(
                "What was measured", "Log-odds", (Bar("Signal<br>0.2", 1.5 - number, 0.3), Bar("Bulge", -0.5))
            ),
        ),
        (Picture("This disc", png_of(np.full((8, 8), 40 * number, np.uint8))),),
        "Grey: the direction is open.",
    )


def store_maps(library: Library, owner: Person, count: int = 3, metric=lambda number, method: 0.5) -> None:
    """The cases and the maps that ``protocol(count)`` names. ``metric``: value of ``deletion.blur``."""
    with library.database.writing() as session:
        for number in range(count):
            session.add(
                CaseRow(
                    id=f"case{number}", owner_id=owner.id, patient="p", synthetic=True, study_sha256=f"{number:064}",
                    series=[],
                )
            )  # fmt: skip
            session.add_all(map(partial(_row, library, metric, number), METHODS))


def _row(library: Library, metric, number: int, method: str) -> MapRow:
    return MapRow(
        key=f"{number}{method}", study_sha256=f"{number:064}", level="L4/L5", condition="pfirrmann", grade="4",
        target="Pfirrmann grade IV", probability=0.9, method=method, control=method.startswith("control"), draw=0,
        network="ensemble", network_sha256="a" * 64, settings={}, seed=0, backend="torch", status="done",
        metrics={"deletion.blur": metric(number, method)}, seconds=1.0,
        map_sha256=library.content.put(_stored(number, method)),
    )  # fmt: skip


def _stored(number: int, method: str) -> bytes:
    if method in REASONS:
        return stored_reason(reason(number, method))
    return stored_map(attribution(number, method))


def batch_with_maps(
    library: Library, owner: Person, count: int = 6, twins: bool = False, grades: str = "345", reasons=()
) -> str:
    """The id of a batch over ``count`` cases, images of noise, with stored maps of one finding each.

    ``reasons``: of ``REASONS``, stored beside them.
    """
    chosen = tuple(one for one in reasons if not one.startswith("control"))
    plan = BatchPlan(("grad_cam", "lime", "partition_shap", *chosen), ("pfirrmann",), ("L4/L5",))
    batch_id = begin_batch(library, owner, plan, [], "Made for tests")
    for number in range(count):
        grade = grades[number % len(grades)]
        case_id = kept(
            library, owner, finding("L4/L5", "pfirrmann", grade), seed=number, title=f"Case {number}"
        )
        study = open_study([picture(number)])
        view = asdict(View(study.series[0].uid, 0, (4.0, 0.0, 15.0, 0.0, 4.0, 8.0), 8))
        with library.database.writing() as session:
            session.add(BatchStudyRow(
                batch_id=batch_id, source=case_id, case_id=case_id, study_sha256=study.sha256, status="done",
            ))  # fmt: skip
            for method in (
                *METHODS,
                *reasons,
                *(("grad_cam~random", "control edges~random") if twins else ()),
            ):
                row = _row(library, lambda *_: 0.5, number, method)
                twin = method.endswith("~random")
                row.method = method.removeprefix("control ").removesuffix("~random")
                row.control = method.startswith("control ")
                row.network = "ensemble~random" if twin else "ensemble"
                row.study_sha256, row.view, row.grade = study.sha256, view, grade
                row.target = f"Pfirrmann grade: {['I', 'II', 'III', 'IV', 'V'][int(grade) - 1]}"
                session.add(row)
                session.flush()
                session.add(BatchMapRow(batch_id=batch_id, key=row.key))
    return batch_id
