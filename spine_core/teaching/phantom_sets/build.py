"""Asks the released networks about the bundled phantoms, and finds those that they misread: ``make phantom-sets``."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from spine_core.audit.batch.finding_maps import finding_maps
from spine_core.audit.batch.finding_work import FindingWork
from spine_core.audit.batch.types import BatchPlan, MapResult
from spine_core.comparison.types import Outcome
from spine_core.explanation.base import ScoreModel
from spine_core.grading.read import read_study
from spine_core.grading.types import Finding, Reading
from spine_core.networks.registry import load_bundle
from spine_core.phantom import Phantom, PhantomSpec, build, random_case
from spine_core.study.loader import open_study
from spine_core.study.sources import sources_from_path
from spine_core.study.types import Study
from spine_core.teaching.phantom_sets.bundle import (
    GRADED_SET,
    MIXED_SET,
    Bundle,
    BundledCase,
    by_series_number,
    write_bundle,
)
from spine_core.teaching.phantom_sets.case import write_case
from spine_core.teaching.phantom_sets.learning_points import learning_point
from spine_core.teaching.phantom_sets.specs import (
    ASKED_LEVELS,
    CONDITIONS,
    EASY_SEED,
    GRADED,
    MIXED_SEED,
    graded_case,
    lesion_of,
)
from spine_core.teaching.prepare_release import verdict_sentence
from spine_core.teaching.primer.material import METHODS
from spine_core.teaching.released import ReleasedFinding

logger = logging.getLogger(__name__)

MISREAD, READ_RIGHT = 5, 5
"""Cases of the mixed set: the first ones of each kind, in the order of their seeds."""

Place = tuple[str, str]


@dataclass(frozen=True, eq=False)
class _Read:
    """A phantom and what the networks say of it."""

    phantom: Phantom
    study: Study
    reading: Reading

    @property
    def asked(self) -> dict[Place, Finding]:
        return {
            (one.level, one.condition): one
            for one in self.reading.findings
            if one.level in ASKED_LEVELS and one.condition in CONDITIONS
        }

    @property
    def misread(self) -> tuple[Place, ...]:
        """Findings whose grade is wrong; a Pfirrmann grade only where it is off by two, as readers differ by one."""
        return tuple(place for place, one in self.asked.items() if self._wrong(place, one.grade))

    def _wrong(self, place: Place, grade: str | None) -> bool:
        level, condition = place
        true = self.phantom.grades[level][condition]
        if grade is None:
            return False
        return abs(int(grade) - int(true)) >= 2 if condition == "pfirrmann" else grade != true


def main() -> None:
    """Takes about an hour on two cores."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    network = load_bundle().explained_network.wait_ready()
    maps: dict[str, bytes] = {}
    cases = []
    for case, read, places in [*_graded(), *_mixed()]:
        findings, made = _released(read, places, network)
        maps |= made
        cases.append(replace(case, findings=findings))
        logger.info("%s %d: maps of %s", case.set_name, case.seed, places)
    write_bundle(Bundle(load_bundle().explained_network.id.sha256, tuple(cases), maps))


def _graded() -> Iterator[tuple[BundledCase, _Read, tuple[Place, ...]]]:
    for number in range(GRADED):
        read = _read(graded_case(number))
        lesion = lesion_of(number)
        point = learning_point(read.phantom, lesion, read.misread)
        yield (
            BundledCase(GRADED_SET, EASY_SEED + number, number, point, (), read.misread),
            read,
            (lesion, *(place for place in read.misread[:1] if place != lesion)),
        )


def _mixed() -> list[tuple[BundledCase, _Read, tuple[Place, ...]]]:
    """The first phantoms from ``MIXED_SEED`` on that are misread, and the first that are not, by seed."""
    found: dict[bool, list[tuple[int, _Read]]] = {True: [], False: []}
    wanted = {True: MISREAD, False: READ_RIGHT}
    for seed in count(MIXED_SEED):
        if all(len(found[kind]) == wanted[kind] for kind in found):
            break
        read = _read(random_case(seed))
        kind = bool(read.misread)
        if len(found[kind]) < wanted[kind] and len(read.asked) == len(ASKED_LEVELS) * len(CONDITIONS):
            found[kind].append((seed, read))
        logger.info("seed %d: misread at %s", seed, read.misread)
    chosen = sorted(found[True] + found[False], key=lambda one: one[0])
    made = []
    for number, (seed, read) in enumerate(chosen):
        places = read.misread[:2] or (_most_abnormal(read.phantom),)
        point = learning_point(read.phantom, places[0], read.misread)
        made.append((BundledCase(MIXED_SET, seed, number, point, (), read.misread), read, places))
    return made


def _read(spec: PhantomSpec) -> _Read:
    phantom = build(spec)
    with TemporaryDirectory() as folder:
        study = open_study(list(sources_from_path(write_case(phantom, Path(folder)))))
        return _Read(phantom, study, read_study(study, load_bundle()))


def _most_abnormal(phantom: Phantom) -> Place:
    for condition in ("herniation", "bulging"):
        for level in ASKED_LEVELS[::-1]:
            if phantom.grades[level][condition] == "1":
                return level, condition
    return max(ASKED_LEVELS, key=lambda level: int(phantom.grades[level]["pfirrmann"])), "pfirrmann"


def _released(
    read: _Read, places: Collection[Place], network: ScoreModel
) -> tuple[tuple[ReleasedFinding, ...], dict[str, bytes]]:
    findings: list[ReleasedFinding] = []
    maps: dict[str, bytes] = {}
    for place, one in read.asked.items():
        rows = _maps(read, one, network) if place in places else []
        stored = {
            hashlib.sha256(row.attribution).hexdigest(): row.attribution for row in rows if row.attribution
        }
        maps |= stored
        by_method = {
            row.method: hashlib.sha256(row.attribution).hexdigest() for row in rows if row.attribution
        }
        released = ReleasedFinding(
            one.level,
            one.condition,
            one.grade,
            dict(one.probabilities),
            tuple(one.prediction_set),
            one.members_disagree,
            maps=by_method,
            verdicts={
                row.method: verdict_sentence(row.method, Outcome(row.outcome)) for row in rows if row.outcome
            },
            view=rows[0].view if rows else None,
        )
        findings.append(by_series_number(released, read.study))
    return tuple(findings), maps


def _maps(read: _Read, finding: Finding, network: ScoreModel) -> list[MapResult]:
    image = read.reading.image_of(finding)
    assert image is not None, "a finding that was graded has an image"
    plan = BatchPlan(METHODS, (finding.condition,), (finding.level,))
    _, rows = finding_maps(FindingWork(plan, read.study.sha256, finding, image, network))
    return [row for row in rows if row.method in METHODS and not row.control]


if __name__ == "__main__":
    main()
