"""The table of a search on disk and in the model card."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from spine_core.results.tuning import Search, Trial, Values, earlier
from spine_core.results.tuning_tables import section
from spine_core.results.tuning_trials import read, write

COMMAND = "python -m spine_core train search --seed 0 --trials 3"
TRIALS = (
    Trial(0, earlier(), 0.81, 0.9, 0.76, 180),
    Trial(1, Values(0.00213, 0.15, 3, 0.62), 0.7012, 0.75, 0.68, 240),
    Trial(2, Values(0.0011, 0.00123, 1, 1.41), 0.8444, 0.91, 0.8, 150),
)


def told(trials: tuple[Trial, ...]) -> str:
    """The section, from the search as the ensemble's card keeps it."""
    return "\n".join(section(json.loads(json.dumps(asdict(Search(COMMAND, trials))))))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "search.csv"
    assert read(path) is None
    write(path, COMMAND, TRIALS[:2])
    write(path, COMMAND, TRIALS)
    assert read(path) == Search(COMMAND, TRIALS)
    assert [one.name for one in path.parent.iterdir()] == ["search.csv"]


def test_the_section_has_the_best_trial_first_and_says_how_the_earlier_plan_did() -> None:
    text = told(TRIALS)
    assert f"`{COMMAND}`" in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and "trial" not in line.split("|")[1]]
    assert rows[0] == "| 2 | 0.0011 | 0.00123 | 1 | 1.41 | 0.844 | 0.910 | 0.800 | 2.5 |"
    assert [row.split()[1] for row in rows] == ["2", "0", "1"]
    assert rows[1].startswith("| 0 (earlier plan) | 0.0008 | 0.03 | 2 | 1 | 0.810 |")
    assert "inside the searched ranges: place 2 of 3, 0.034 below the best" in text


def test_an_earlier_plan_that_was_not_tried_is_said_to_be_so() -> None:
    other = replace(TRIALS[0], values=replace(earlier(), decay=0.2))
    assert "inside the searched ranges and were not tried" in told((other, *TRIALS[1:]))


def test_there_is_no_section_where_nothing_was_searched() -> None:
    assert section(None) == []
