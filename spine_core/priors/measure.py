"""Measures the repeat error of the released networks: ``python -m spine_core.priors.measure`` (``make repeat-error``).

It takes about 20 seconds per phantom and 3 per patient. Patients are read from ``SPINELENS_DATA`` where it is set; the
file in ``assets/priors`` states how many.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.measurements import FEATURES, LENGTHS, Measurements
from spine_core.evaluation.bootstrap import interval
from spine_core.networks.registry import load_bundle
from spine_core.priors.change import Change, compare_readings
from spine_core.priors.repeat_error import (
    FEWEST,
    STORED,
    Measured,
    RepeatErrors,
    RepeatFigure,
    grade_difference,
    networks_of,
    percentile_of,
    repeatability_coefficient,
    save,
)
from spine_core.priors.repeat_pairs import RepeatPair, patient_pairs, phantom_pairs

PHANTOMS = 12
ABOUT = {
    "phantom": "Phantoms with lesions (seeds from 7100), each examined twice with other slice positions, pixel size, "
    "coil and noise; 5 sagittal slices of T2 and T1.",
    "spider": "SPIDER patients with T2 and T2 SPACE of one session, the midsagittal slice of each, no patient of the "
    "test fold; matched by level names. Two sequences differ more than two T2 examinations do.",
}
Rows = dict[str, list[tuple[str, float]]]
"""By quantity, the patient and the difference of every disc pair."""


def main() -> int:
    """Reads the pairs and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantoms", type=int, default=PHANTOMS, help="number of phantoms, each read twice")
    parser.add_argument("--data", type=Path, default=os.environ.get("SPINELENS_DATA") or None)
    parser.add_argument("--out", type=Path, default=STORED)
    arguments = parser.parse_args()
    bundle = load_bundle()
    tried = {"phantom": list(_shown(phantom_pairs(bundle, arguments.phantoms)))}
    if arguments.data is not None:
        tried["spider"] = list(_shown(patient_pairs(bundle, arguments.data)))
    command = f"python -m spine_core.priors.measure --phantoms {arguments.phantoms}"
    command = f"SPINELENS_DATA=... {command}" if arguments.data is not None else command
    save(repeat_errors(tried, command), arguments.out)
    return 0


def _shown(pairs: Iterable[RepeatPair | None]) -> Iterable[RepeatPair | None]:
    for pair in pairs:
        sys.stderr.write("left out\n" if pair is None else f"{pair.patient}: {len(pair.match.pairs)} discs\n")
        yield pair


def repeat_errors(tried: Mapping[str, Sequence[RepeatPair | None]], command: str) -> RepeatErrors:
    """The figures of every dataset's pairs, None for those left out. Raises ``ValueError`` without any pair."""
    pairs = {name: [pair for pair in some if pair is not None] for name, some in tried.items()}
    pairs = {name: some for name, some in pairs.items() if some}
    if not pairs:
        msg = "there is no pair to measure"
        raise ValueError(msg)
    grades: dict[str, list[RepeatFigure]] = {}
    values: dict[str, list[RepeatFigure]] = {}
    for dataset, found in pairs.items():
        _figures(grades, dataset, _grade_rows(found), percentile_of)
        _figures(values, dataset, _measurement_rows(found), repeatability_coefficient)
    first = next(pair for found in pairs.values() for pair in found)
    errors = RepeatErrors(
        command,
        networks_of(first.one),
        (),
        {name: tuple(some) for name, some in grades.items()},
        {name: tuple(some) for name, some in values.items()},
    )
    datasets = tuple(
        _dataset(name, found, len(tried[name]) - len(found), errors) for name, found in pairs.items()
    )
    return replace(errors, datasets=datasets)


def _figures(
    group: dict[str, list[RepeatFigure]],
    dataset: str,
    rows: Rows,
    statistic: Callable[[npt.NDArray[np.float64]], float],
) -> None:
    for name, some in rows.items():
        if len(some) < FEWEST:
            continue
        patients = np.array([patient for patient, _ in some])
        differences = np.array([difference for _, difference in some])
        low, high = interval(patients, lambda rows, of=differences: statistic(of[rows]))  # type: ignore[misc]
        group.setdefault(name, []).append(
            RepeatFigure(
                dataset, statistic(differences), low, high, len(differences), len(np.unique(patients))
            )
        )


def _grade_rows(pairs: Iterable[RepeatPair]) -> Rows:
    rows: Rows = {}
    for pair in pairs:
        for discs in pair.match.pairs:
            for one in pair.one.findings:
                other = pair.other.finding(discs.prior_level, one.condition)
                if one.level == discs.level and one.probabilities and other and other.probabilities:
                    found = grade_difference(one.definition, one.probabilities, other.probabilities)
                    rows.setdefault(one.condition, []).append((pair.patient, found))
    return rows


def _measurement_rows(pairs: Iterable[RepeatPair]) -> Rows:
    rows: Rows = {}
    for pair in pairs:
        for discs in pair.match.pairs:
            one = pair.one.measurements.get(discs.level, Measurements())
            other = pair.other.measurements.get(discs.prior_level, Measurements())
            for name in FEATURES:
                now, before = getattr(one, name), getattr(other, name)
                if now is None or before is None or (name in LENGTHS and {one.unit, other.unit} != {"mm"}):
                    continue
                rows.setdefault(name, []).append((pair.patient, float(now - before)))
    return rows


def _dataset(name: str, pairs: Sequence[RepeatPair], left_out: int, errors: RepeatErrors) -> Measured:
    """Counts, with the changes that the rules report although nothing changed."""
    discs = [disc for pair in pairs for disc in compare_readings(pair.one, pair.other, pair.match, errors)]
    changes = [one.change for disc in discs for one in disc.findings]
    changes += [one.change for disc in discs for one in disc.measurements]
    changes = [change for change in changes if change is not Change.NOT_COMPARABLE]
    residuals = [pair.match.rms_mm for pair in pairs if pair.registered]
    return Measured(
        name,
        ABOUT[name],
        len({pair.patient for pair in pairs}),
        len(pairs),
        sum(len(pair.match.pairs) for pair in pairs),
        left_out,
        sum(change is not Change.UNCHANGED for change in changes),
        len(changes),
        (float(np.median(residuals)), float(max(residuals))) if residuals else None,
    )


if __name__ == "__main__":
    sys.exit(main())
