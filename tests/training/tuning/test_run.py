"""Tuning from synthetic discs to the table of trials."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spine_core.results.tuning import SEARCH_SPACE, TrialSettings, TuningResult, baseline_hyper_parameters
from spine_core.results.tuning_trials import COLUMNS, read_trials
from spine_core.training.ablations.predictions import Prediction
from spine_core.training.commands import TrainingRun
from spine_core.training.tuning import run as running
from tests.training.ablations.conftest import SIZE, Made, killed_in_the_second

TOY = TrialSettings(SIZE, epochs=2, batch=4)


def tuned(made: Made, work: Path) -> TuningResult:
    work.mkdir()
    return resume(made, work)


def resume(made: Made, work: Path) -> TuningResult:
    path = running.tune(
        made((2, 3, 4)), made((1, 0)), TrainingRun(work, work, seed=3), TOY, 2, work / "trials.csv"
    )
    result = read_trials(path)
    assert result is not None
    return result


def untimed(result: TuningResult) -> list[object]:
    return [replace(trial, seconds=0) for trial in result.trials]


def test_tuning_starts_with_the_earlier_plan_and_scores_selection_patients_only(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folds: set[int] = set()

    def spy(net, crops, *rest):
        folds.update(key[2] for key in crops.keys)
        return predict_each_sequence(net, crops, *rest)

    predict_each_sequence = running.predict_each_sequence
    monkeypatch.setattr(running, "predict_each_sequence", spy)
    result = tuned(made, tmp_path / "work")
    assert folds == {1}, "no test patient"
    lines = (tmp_path / "work" / "trials.csv").read_text().splitlines()
    assert lines[0] == "# python -m spine_core tune --seed 3 --trials 2"
    assert lines[1] == ",".join(COLUMNS)
    first, second = result.trials
    assert first.hyper_parameters == baseline_hyper_parameters()
    assert second.hyper_parameters != baseline_hyper_parameters()
    assert all(
        one.low <= getattr(second.hyper_parameters, name) <= one.high for name, one in SEARCH_SPACE.items()
    )
    # Sudirman: bulging on T2 and T1, Pfirrmann on T2; SPIDER: bulging and herniation on both
    assert first.auroc == pytest.approx((3 * first.sudirman + 4 * first.spider) / 7, abs=1e-4)
    assert not list((tmp_path / "work").glob("*.pt")), "states of finished trials are cleared away"


@pytest.mark.slow
def test_an_interrupted_search_resumes_and_ends_in_the_same_table(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tuned(made, tmp_path / "whole")
    killed_in_the_second(monkeypatch, running, lambda: tuned(made, tmp_path / "cut"))
    left = read_trials(tmp_path / "cut" / "trials.csv")
    assert left is not None
    assert untimed(left) == untimed(whole)[:1], "the first trial was finished"
    log: list[str] = []
    monkeypatch.setattr(running, "report", log.append)
    again = resume(made, tmp_path / "cut")
    assert [line for line in log if line.startswith("trial")] == [
        f"trial 2 of 2: {whole.trials[1].hyper_parameters}"
    ]
    assert sum("resuming after epoch 0" in line for line in log) == 1, "the second was in its last epoch"
    assert (again.command, untimed(again)) == (whole.command, untimed(whole))


def predictions_of(
    source: str, condition: str, pairs: list[tuple[int, float]], sequence: str = "t2"
) -> list[Prediction]:
    return [
        Prediction(
            source, str(i), 1, "L5/S1", sequence, "trial 0", condition, "1", str(truth), str(round(score)), score
        )
        for i, (truth, score) in enumerate(pairs)
    ]  # fmt: skip


def test_aurocs_equal_hand_computed_values_and_tasks_with_one_class_have_none() -> None:
    predictions = [
        *predictions_of("spider", "bulging", [(1, 0.9), (0, 0.6), (1, 0.4), (0, 0.1)]),
        *predictions_of("spider", "bulging", [(1, 0.2), (0, 0.6)], "t1"),
        *predictions_of("spider", "modic", [(0, 0.2), (0, 0.6)]),
        *predictions_of("sudirman", "bulging", [(1, 0.9), (0, 0.6)]),
    ]
    # of four pairs only 0.4 against 0.6 is wrong; the two weightings are two questions
    assert running.auroc_by_dataset(predictions) == {"spider": [0.75, 0.0], "sudirman": [1.0]}
