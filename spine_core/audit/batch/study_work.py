"""The work on one study, in a worker of Dask: opens, reads, explains, compares."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from spine_core.audit.batch.finding_maps import finding_maps
from spine_core.audit.batch.finding_work import FindingWork
from spine_core.audit.batch.types import RELEASED, Backend, BatchPlan, Source, Status, StudyResult
from spine_core.audit.reasons.base import GradedDisc
from spine_core.explanation.base import ScoreModel
from spine_core.grading.read import grade_with, read_study
from spine_core.grading.types import Finding, Reading
from spine_core.networks.backend import AutoBackend
from spine_core.networks.display_names import SUFFIX
from spine_core.networks.packages.store import with_stored_grader
from spine_core.networks.randomised import randomised_twin
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.study.errors import MultiplePatientsError, StudyError
from spine_core.study.loader import open_study
from spine_core.study.sources import SourceFile
from spine_core.study.types import Study, Weighting

logger = logging.getLogger(__name__)


def work_on_study(source: Source, plan: BatchPlan, known: frozenset[str] = frozenset()) -> StudyResult:
    """All maps of one study that are not ``known``. Never raises: what failed is in the result."""
    started = time.perf_counter()
    # What could not be read is in the result.
    logging.getLogger("spine_core.study").setLevel(logging.ERROR)
    try:
        result = _maps(source, plan, known)
    except (StudyError, MultiplePatientsError) as error:
        # Without the file's name, which may be a patient's.
        result = StudyResult(source.id, Status.FAILED, str(error))
    except Exception as error:
        logger.warning("a study of a batch failed: %s", type(error).__name__)
        result = StudyResult(source.id, Status.FAILED, type(error).__name__)
    return replace(result, seconds=time.perf_counter() - started)


def _maps(source: Source, plan: BatchPlan, known: frozenset[str]) -> StudyResult:
    study = open_study(
        [SourceFile(name, path) for name, path in source.files],
        weighting=Weighting(source.weighting) if source.weighting else None,
        spacing=source.spacing,
    )
    keys, maps = [], []
    for work in _findings(study, plan, known):
        found, rows = finding_maps(work)
        keys += found
        maps += rows
    if not keys:
        return StudyResult(source.id, Status.FAILED, "no finding of the plan was graded", study.sha256)
    return StudyResult(source.id, Status.DONE, "", study.sha256, tuple(keys), tuple(maps))


def _findings(study: Study, plan: BatchPlan, known: frozenset[str]) -> Iterator[FindingWork]:
    reading = read_study(study, load_bundle())
    for name in plan.networks:
        base = name.removesuffix(SUFFIX)
        graded = reading if base == RELEASED else grade_with(study, networks(base, plan.owner), reading)
        network = explained(name, plan.owner, plan.backend)
        for finding in _wanted(graded, plan):
            image = graded.image_of(finding)
            if image is not None:
                disc = GradedDisc(study, graded, finding, image, network, plan.seed)
                yield FindingWork(plan, study.sha256, finding, image, network, known, disc)


def _wanted(reading: Reading, plan: BatchPlan) -> list[Finding]:
    return [
        finding
        for finding in reading.findings
        if finding.grade is not None
        and finding.level in plan.levels
        and finding.condition in plan.conditions
        and not (plan.abnormal_only and finding.grade == finding.definition.grades[0])
    ]


@lru_cache(maxsize=4)
def networks(name: str, owner: str) -> Bundle:
    """The networks of a plan, loaded once per worker."""
    bundle = load_bundle()
    return bundle if name == RELEASED else with_stored_grader(bundle, name, owner)


@lru_cache(maxsize=4)
def explained(name: str, owner: str, backend: Backend) -> ScoreModel:
    """The network with the backend of the plan; waits until it is found, so that all rows have the same."""
    base = name.removesuffix(SUFFIX)
    network: AutoBackend = networks(base, owner).explained_network
    if base != name:
        network = AutoBackend(randomised_twin(network))
    return network.wait_ready() if backend is Backend.FASTEST else network.network
