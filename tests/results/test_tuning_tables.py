"""The table of trials on disk and in the model card."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from spine_core.results.tuning import HyperParameters, Trial, TuningResult, baseline_hyper_parameters
from spine_core.results.tuning_tables import section
from spine_core.results.tuning_trials import read_trials, write_trials

COMMAND = "python -m spine_core tune --seed 0 --trials 3"
TRIALS = (
    Trial(0, baseline_hyper_parameters(), 0.81, 0.9, 0.76, 180),
    Trial(1, HyperParameters(0.00213, 0.15, 3, 0.62), 0.7012, 0.75, 0.68, 240),
    Trial(2, HyperParameters(0.0011, 0.00123, 1, 1.41), 0.8444, 0.91, 0.8, 150),
)


def section_of(trials: tuple[Trial, ...]) -> str:
    """The section, from the trials as stored in the ensemble's card."""
    return "\n".join(section(json.loads(json.dumps(asdict(TuningResult(COMMAND, trials))))))


def test_written_trials_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tuning.csv"
    assert read_trials(path) is None
    write_trials(path, COMMAND, TRIALS[:2])
    write_trials(path, COMMAND, TRIALS)
    assert read_trials(path) == TuningResult(COMMAND, TRIALS)
    assert [one.name for one in path.parent.iterdir()] == ["tuning.csv"]


def test_the_section_lists_the_best_trial_first_and_ranks_the_earlier_plan() -> None:
    text = section_of(TRIALS)
    assert f"`{COMMAND}`" in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and "trial" not in line.split("|")[1]]
    assert rows[0] == "| 2 | 0.0011 | 0.00123 | 1 | 1.41 | 0.844 | 0.910 | 0.800 | 2.5 |"
    assert [row.split()[1] for row in rows] == ["2", "0", "1"]
    assert rows[1].startswith("| 0 (earlier plan) | 0.0008 | 0.03 | 2 | 1 | 0.810 |")
    assert "lies inside the search space: rank 2 of 3, 0.034 below the best" in text


def test_an_earlier_plan_that_was_not_tried_is_reported() -> None:
    other = replace(TRIALS[0], hyper_parameters=replace(baseline_hyper_parameters(), weight_decay=0.2))
    assert "inside the search space and was not tried" in section_of((other, *TRIALS[1:]))


def test_there_is_no_section_without_trials() -> None:
    assert section(None) == []
