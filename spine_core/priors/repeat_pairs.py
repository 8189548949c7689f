"""Pairs of readings of spines that did not change: phantoms examined twice, and patients imaged twice in a session."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from spine_core.anatomy.measurements import scaled
from spine_core.evaluation.splits import TEST_FOLD
from spine_core.grading.read import read_study
from spine_core.grading.types import Reading
from spine_core.networks.registry import Bundle
from spine_core.phantom.in_memory import sagittal_study
from spine_core.phantom.render import build, mid_index
from spine_core.phantom.spec import random_case
from spine_core.priors.errors import NotRegistrable
from spine_core.priors.matching import DiscPair, LevelMatch
from spine_core.priors.registration import register
from spine_core.study.loader import open_study
from spine_core.study.sources import SourceFile
from spine_core.study.types import Study, Weighting

FIRST_PHANTOM = 7100
"""Seed of the first person; networks were trained on phantoms of other seeds."""
SECOND_EXAMINATION = 100_000
"""Added to a person's seed for the second examination."""
AROUND = 2
"""Slices drawn on each side of the middle one."""


@dataclass(frozen=True, eq=False)
class RepeatPair:
    """Two readings of one unchanged spine. ``registered``: ``match`` is by registration, else by level names."""

    patient: str
    one: Reading
    other: Reading
    match: LevelMatch
    registered: bool


def phantom_pairs(bundle: Bundle, count: int) -> Iterator[RepeatPair | None]:
    """Phantoms with lesions, examined twice: other slice positions, pixel size, coil and noise; T2 and T1.

    None for a pair that was not registered.
    """
    for seed in range(FIRST_PHANTOM, FIRST_PHANTOM + count):
        studies = [_examined(seed, examination) for examination in (None, seed + SECOND_EXAMINATION)]
        one, other = (read_study(study, bundle) for study in studies)
        try:
            series = [
                study.by_uid(reading.anatomies[0].series_uid)
                for study, reading in zip(studies, (one, other), strict=True)
            ]
            match = register(series[0], one.discs, series[1], other.discs).match
        except (NotRegistrable, IndexError):
            yield None
            continue
        yield RepeatPair(f"phantom-{seed}", one, other, match, registered=True)


def _examined(seed: int, examination: int | None) -> Study:
    phantom = build(random_case(seed), examination)
    middle = mid_index(phantom)
    return sagittal_study(phantom, range(middle - AROUND, middle + AROUND + 1))


def patient_pairs(bundle: Bundle, data: Path) -> Iterator[RepeatPair | None]:
    """SPIDER patients with T2 and T2 SPACE of one session, never of the test fold: the midsagittal slice of each.

    Lengths are in mm by the inter-disc distance of the T2, where its header spacing is plausible. None for a
    pair in which not the same levels were found: without positions, discs are matched by their names.
    """
    folds = {
        row["patient"]: int(row["fold"]) for row in _table(data / "splits.csv") if row["set"] == "spider"
    }
    rows: dict[str, dict[str, dict[str, str]]] = {}
    for row in _table(data / "spider" / "series.csv"):
        rows.setdefault(row["patient"], {})[row["sequence"]] = row
    for patient, sequences in sorted(rows.items()):
        if not {"t2", "t2_SPACE"} <= set(sequences) or folds.get(patient, TEST_FOLD) == TEST_FOLD:
            continue
        found = [
            read_study(_picture(data / "spider" / "images" / sequences[name]["image"]), bundle)
            for name in ("t2", "t2_SPACE")
        ]
        levels = [tuple(disc.level for disc in reading.discs) for reading in found]
        if levels[0] != levels[1] or not levels[0]:
            yield None
            continue
        one, other = (_in_mm(reading, _inter_disc_mm(sequences["t2"])) for reading in found)
        match = LevelMatch(tuple(DiscPair(level, level, 0.0) for level in levels[0]))
        yield RepeatPair(f"spider-{patient}", one, other, match, registered=False)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def _picture(path: Path) -> Study:
    return open_study([SourceFile("slice.png", path.read_bytes())], weighting=Weighting.T2)


def _inter_disc_mm(row: dict[str, str]) -> float | None:
    if row["spacing_plausible"] != "1" or not row["disc_pitch_px"]:
        return None
    return float(row["disc_pitch_px"]) * float(row["header_spacing_mm"])


def _in_mm(reading: Reading, inter_disc_mm: float | None) -> Reading:
    measured = {level: scaled(one, inter_disc_mm) for level, one in reading.measurements.items()}
    return replace(reading, measurements=measured)
