"""Metrics of a few predictions, worked out by hand."""

from __future__ import annotations

import gzip
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from spine_core.results.experiments import EXPERIMENTS
from spine_core.training.ablations.card import section
from spine_core.training.ablations.metrics import compare_arms, experiment_results
from spine_core.training.ablations.predictions import Prediction, read_predictions, write_predictions
from spine_core.training.evaluation.run import rounded

STARTS = EXPERIMENTS["init"]


def arm(name: str, scores: list[float], fold: int = 0, source: str = "spider") -> list[Prediction]:
    """Six discs of three patients, of which the first, third and fifth bulge."""
    return [
        Prediction(
            source, "abc"[i // 2], fold, "L5/S1" if i % 2 == 0 else "L4/L5", "t2", name, "bulging", "1",
            "10"[i % 2], str(int(score > 0.5)), score,
        )
        for i, score in enumerate(scores)
    ]  # fmt: skip


RANDOM = arm("random", [0.9, 0.6, 0.4, 0.1, 0.8, 0.2])
PERFECT = arm("imagenet", [0.9, 0.3, 0.7, 0.1, 0.8, 0.2])


def test_a_row_has_the_hand_computed_aurocs_and_difference() -> None:
    (row,) = compare_arms(STARTS, [*RANDOM, *PERFECT])
    assert (row.source, row.sequence, row.fold, row.condition) == ("spider", "t2", 0, "bulging")
    assert (row.patients, row.discs, row.positives) == (3, 6, 3)
    assert row.aurocs.values["random"].value == pytest.approx(8 / 9), (
        "of nine pairs only 0.4 against 0.6 is wrong"
    )
    assert row.aurocs.values["imagenet"].value == 1.0
    assert (row.aurocs.values["imagenet"].low, row.aurocs.values["imagenet"].high) == (1.0, 1.0)
    assert set(row.aurocs.differences) == {"imagenet"}
    assert row.aurocs.differences["imagenet"].value == pytest.approx(1 / 9)
    # 0.4 is of b, 0.6 of a. A draw with a times a, b times b and c times c errs in a x b of (a + b + c)^2 = 9 pairs:
    # 0, 1/9 (each once), or 2/9 (one of them twice).
    assert row.aurocs.differences["imagenet"].low == 0.0
    assert row.aurocs.differences["imagenet"].high == pytest.approx(2 / 9)


def test_differences_are_paired_so_equal_networks_have_a_zero_interval() -> None:
    same = [replace(one, arm="imagenet") for one in RANDOM]
    (row,) = compare_arms(STARTS, [*RANDOM, *same])
    assert row.aurocs.values["random"].low < row.aurocs.values["random"].high
    gain = row.aurocs.differences["imagenet"]
    assert (gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0)


def test_test_patients_come_first_and_tasks_with_one_class_have_no_row() -> None:
    selection = arm("random", [0.9, 0.6, 0.4, 0.1, 0.8, 0.2], fold=1)
    one_sided = [replace(one, label="0") for one in arm("random", [0.5] * 6, source="sudirman")]
    assert [(row.fold, row.source) for row in compare_arms(STARTS, [*selection, *one_sided, *RANDOM])] == [
        (0, "spider"),
        (1, "spider"),
    ]


def graded(name: str, pairs: list[tuple[str, str]]) -> list[Prediction]:
    """Pfirrmann grades of a disc of each of six patients: the label and the likeliest grade."""
    return [
        Prediction(
            "sudirman", "abcdef"[i], 0, "L4/L5", "t2", name, "pfirrmann", "3", label, grade, int(grade) / 5
        )
        for i, (label, grade) in enumerate(pairs)
    ]


def test_kappa_of_ordinal_grades_equals_the_hand_computed_value() -> None:
    pairs = [("2", "2"), ("2", "3"), ("3", "3"), ("4", "4"), ("5", "4"), ("5", "5")]
    (row,) = compare_arms(STARTS, graded("random", pairs))
    # Squared distances: 1 + 1 over the pairs as they are. Any label with any grade: the labels 2 2 3 4 5 5 and the
    # grades 2 3 3 4 4 5 both have the mean 3.5, and variances of 9.5/6 and 5.5/6: a mean square of 15/6 over six pairs.
    assert row.kappas.values["random"].value == pytest.approx(1 - (2 / 6) / (15 / 6))
    assert (
        row.kappas.values["random"].low
        < row.kappas.values["random"].value
        <= row.kappas.values["random"].high
    )
    (yes_or_no,) = compare_arms(STARTS, RANDOM)
    assert yes_or_no.kappas is None


def test_kappas_are_compared_over_the_same_resamples() -> None:
    pairs = [("2", "2"), ("2", "3"), ("3", "3"), ("4", "4"), ("5", "4"), ("5", "5")]
    (row,) = compare_arms(
        STARTS, [*graded("random", pairs), *graded("imagenet", [(label, label) for label, _ in pairs])]
    )
    assert row.kappas.differences["imagenet"].value == pytest.approx((2 / 6) / (15 / 6))
    assert row.kappas.differences["imagenet"].low == 0.0, (
        "without the second and the fifth patient there is no error"
    )
    (row,) = compare_arms(STARTS, [*graded("random", pairs), *graded("imagenet", pairs)])
    gain = row.kappas.differences["imagenet"]
    assert (gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0)


def test_arms_with_predictions_of_different_discs_are_refused() -> None:
    with pytest.raises(ValueError, match="different discs"):
        compare_arms(STARTS, [*RANDOM, *PERFECT[1:]])


def test_written_predictions_are_read_again_and_equal_rows_are_equal_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "init.csv.gz", tmp_path / "again.csv.gz"
    write_predictions(first, "a command", [*RANDOM, *PERFECT])
    write_predictions(second, "a command", [*RANDOM, *PERFECT])
    assert read_predictions(first) == ("a command", [*RANDOM, *PERFECT])
    assert first.read_bytes() == second.read_bytes()


def test_predictions_of_another_version_are_refused_with_the_command_to_rerun(
    tmp_path: Path,
) -> None:
    path = tmp_path / "init.csv.gz"
    path.write_bytes(gzip.compress(b"# ablation init\nsource,patient,truth\nspider,a,1\n"))
    with pytest.raises(ValueError, match=r"init\.csv\.gz .*; run ablation init again"):
        read_predictions(path)


def test_the_card_lists_exactly_the_experiments_with_stored_predictions(
    tmp_path: Path,
) -> None:
    assert section([asdict(outcome) for outcome in experiment_results(tmp_path)]) == []
    write_predictions(
        tmp_path / "init.csv.gz",
        "python -m spine_core ablation init --seed 7",
        [*RANDOM, *PERFECT],
    )
    text = "\n".join(section(rounded([asdict(outcome) for outcome in experiment_results(tmp_path)])))
    assert "Repeat with `python -m spine_core ablation init --seed 7`" in text
    assert "| 3, test | SPIDER (four hospitals) | T2 | Disc bulging | 6 (3) | 0.889 (" in text
    assert "+0.111 (+0.000 to +0." in text
    assert "not trained on it" in text, "the third network has no predictions"
    assert "kappa" not in text, "no ordered condition was evaluated"
    assert EXPERIMENTS["leave-one-dataset-out"].title not in text


def test_the_card_has_a_separate_table_of_kappas(tmp_path: Path) -> None:
    same = [(grade, grade) for grade in "223455"]
    write_predictions(tmp_path / "init.csv.gz", "a command", graded("random", same))
    text = "\n".join(section(rounded([asdict(outcome) for outcome in experiment_results(tmp_path)])))
    assert "| finding | discs | quadratic kappa: random weights |" in text
    assert (
        "| 6, test | Sudirman (one hospital) | T2 | Pfirrmann grade | 6 | 1.000 (1.000-1.000) | not trained on it |"
        in text
    )
