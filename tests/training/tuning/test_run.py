"""A search from made-up discs to its table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spine_core.results.tuning import SPACE, Search, Setting, earlier
from spine_core.results.tuning_trials import HEADS, read
from spine_core.training.ablations.predictions import Prediction
from spine_core.training.commands import Run
from spine_core.training.tuning import run as running
from tests.training.ablations.conftest import SIZE, Made, killed_in_the_second

TOY = Setting(SIZE, epochs=2, batch=4)


def searched(made: Made, work: Path) -> Search:
    work.mkdir()
    return go_on(made, work)


def go_on(made: Made, work: Path) -> Search:
    kept = running.search(made((2, 3, 4)), made((1, 0)), Run(work, work, seed=3), TOY, 2, work / "kept.csv")
    found = read(kept)
    assert found is not None
    return found


def untimed(found: Search) -> list[object]:
    return [replace(trial, seconds=0) for trial in found.trials]


def test_a_search_begins_with_the_earlier_plan_and_scores_the_selection_patients_alone(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[int] = set()

    def spy(net, crops, *rest):
        asked.update(key[2] for key in crops.keys)
        return ask_each(net, crops, *rest)

    ask_each = running.ask_each
    monkeypatch.setattr(running, "ask_each", spy)
    found = searched(made, tmp_path / "work")
    assert asked == {1}, "no test patient"
    lines = (tmp_path / "work" / "kept.csv").read_text().splitlines()
    assert lines[0] == "# python -m spine_core train search --seed 3 --trials 2"
    assert lines[1] == ",".join(HEADS)
    first, second = found.trials
    assert first.values == earlier()
    assert second.values != earlier()
    assert all(one.low <= getattr(second.values, name) <= one.high for name, one in SPACE.items())
    # Sudirman: bulging on T2 and T1, Pfirrmann on T2; SPIDER: bulging and herniation on both
    assert first.auroc == pytest.approx((3 * first.sudirman + 4 * first.spider) / 7, abs=1e-4)
    assert not list((tmp_path / "work").glob("*.pt")), "states of finished trials are cleared away"


def test_a_killed_search_goes_on_and_ends_in_the_same_table(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = searched(made, tmp_path / "whole")
    killed_in_the_second(monkeypatch, running, lambda: searched(made, tmp_path / "cut"))
    left = read(tmp_path / "cut" / "kept.csv")
    assert left is not None
    assert untimed(left) == untimed(whole)[:1], "the first trial was finished"
    told: list[str] = []
    monkeypatch.setattr(running, "say", told.append)
    again = go_on(made, tmp_path / "cut")
    assert [line for line in told if line.startswith("trial")] == [f"trial 2 of 2: {whole.trials[1].values}"]
    assert sum("goes on after epoch 0" in line for line in told) == 1, "the second was in its last epoch"
    assert (again.command, untimed(again)) == (whole.command, untimed(whole))


def said(
    source: str, condition: str, answers: list[tuple[int, float]], sequence: str = "t2"
) -> list[Prediction]:
    return [
        Prediction(
            source, str(i), 1, "L5/S1", sequence, "trial 0", condition, "1", str(truth), str(round(score)), score
        )
        for i, (truth, score) in enumerate(answers)
    ]  # fmt: skip


def test_areas_are_those_counted_on_paper_and_one_sided_questions_have_none() -> None:
    predictions = [
        *said("spider", "bulging", [(1, 0.9), (0, 0.6), (1, 0.4), (0, 0.1)]),
        *said("spider", "bulging", [(1, 0.2), (0, 0.6)], "t1"),
        *said("spider", "modic", [(0, 0.2), (0, 0.6)]),
        *said("sudirman", "bulging", [(1, 0.9), (0, 0.6)]),
    ]
    # of four pairs only 0.4 against 0.6 is wrong; the two weightings are two questions
    assert running.areas_by_set(predictions) == {"spider": [0.75, 0.0], "sudirman": [1.0]}
