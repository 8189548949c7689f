"""Rankings of labelled discs, on a few whose neighbours are known."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.networks.conditions import CONDITIONS
from spine_core.retrieval.index import DiscIndex
from spine_core.training.retrieval.build import anonymous, disc_count, grade_numbers, weightings
from spine_core.training.retrieval.embedded_discs import SUBSETS, EmbeddedDiscs
from spine_core.training.retrieval.rankings import evaluate_rankings, mean_p1, tasks

PFIRRMANN = [one.name for one in CONDITIONS].index("pfirrmann")


def made(grades, patients, levels=None, use=SUBSETS[1]) -> EmbeddedDiscs:
    """Discs of SPIDER with Pfirrmann grades only."""
    count = len(grades)
    labels = np.full((count, len(CONDITIONS)), -1, dtype=np.int8)
    labels[:, PFIRRMANN] = grades
    nothing = np.zeros((count, 1), dtype=np.float16)
    return EmbeddedDiscs(
        source=np.array(["spider"] * count), patient=np.array(patients), fold=np.zeros(count, dtype=int),
        level=np.array(levels or ["L4/L5"] * count), use=np.array([use] * count), detected=np.ones(count, dtype=bool),
        labels=labels, names=np.full((count, 2), ""), places=np.zeros((count, 2, 5), dtype=np.float32),
        ensemble=nothing, imagenet=nothing, pixels=nothing,
    )  # fmt: skip


def directions(degrees) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def twelve() -> tuple[EmbeddedDiscs, EmbeddedDiscs, tuple[np.ndarray, np.ndarray]]:
    """Twelve queries and twelve discs, six of grade 2 around 0 degrees and six of grade 4 around 80."""
    grades = [2] * 6 + [4] * 6
    degrees = np.array([*range(6), *range(80, 86)], dtype=float)
    queries, compared = made(grades, [f"q{n}" for n in range(12)]), made(grades, [f"c{n}" for n in range(12)])
    return queries, compared, (directions(degrees), directions(degrees + 0.1))


def test_neighbours_with_the_grade_of_their_query_score_one():
    queries, compared, features = twelve()
    rows = {row.ranking: row for row in evaluate_rankings(queries, compared, {"embedding": features})}
    own, level = rows["embedding"], rows["same level"]
    assert (own.condition, own.weightings, own.queries, own.patients, own.candidates) == (
        "pfirrmann",
        "t2",
        12,
        12,
        12,
    )
    assert own.p1 == own.p5 == own.ap == own.ndcg == [1, 1, 1]
    # All discs are of one level, so that its order is random: about half of five share the grade.
    assert 0.2 < level.p5[0] < 0.8
    assert own.gain[0] == pytest.approx(1 - level.p5[0])
    assert own.beats_level is True
    assert level.gain is None
    assert rows["random"].beats_level is False
    assert mean_p1(queries, compared, features) == (1.0, 1)


def test_features_without_the_grade_are_not_better_than_the_level():
    queries, compared, features = twelve()
    turned = directions([*range(80, 86), *range(6)])
    (row,) = [
        row
        for row in evaluate_rankings(queries, compared, {"e": (turned, features[1])})
        if row.ranking == "e"
    ]
    assert row.p5[0] == 0
    assert row.beats_level is False


def test_discs_of_the_level_come_first_in_the_ranking_by_level():
    grades, levels = [1, 2] * 6, ["L4/L5", "L5/S1"] * 6
    queries = made(grades, [f"q{n}" for n in range(12)], levels)
    compared = made(grades, [f"c{n}" for n in range(12)], levels)
    rows = evaluate_rankings(queries, compared, {})
    (level,) = [row for row in rows if row.ranking == "same level"]
    # The grade is told by the level here.
    assert level.p1 == level.p5 == [1, 1, 1]


def test_the_patient_of_a_query_and_other_weightings_are_left_out():
    queries, compared, _ = twelve()
    own = made([2] * 6 + [4] * 6, [f"q{n}" for n in range(12)])
    (task,) = tasks(queries, own)
    assert task.allowed.sum() == 12 * 11
    assert not task.allowed.diagonal().any()
    assert not list(tasks(queries, made([2] * 12, ["c"] * 12, use=SUBSETS[0])))
    # One grade among the queries: nothing could be told from another.
    assert not list(tasks(made([2] * 12, ["q"] * 12), compared))


def test_labels_become_indices_of_grades():
    labels = np.full((1, len(CONDITIONS)), -1, dtype=np.int8)
    labels[0, PFIRRMANN], labels[0, PFIRRMANN + 1] = 4, 1
    found = grade_numbers(labels)[0]
    assert CONDITIONS[PFIRRMANN].grade_labels[found[PFIRRMANN]] == "IV"
    assert CONDITIONS[PFIRRMANN + 1].grade_labels[found[PFIRRMANN + 1]] == "present"
    assert set(found[PFIRRMANN + 2 :]) == {-1}


def test_patients_become_numbers_that_do_not_tell_their_order():
    patients = [f"{n:03}" for n in range(40)]
    found = anonymous(["spider"] * 40, patients, "salt")
    assert sorted(found) == [f"{n:04}" for n in range(1, 41)]
    assert list(found) != sorted(found)
    twice = anonymous(["spider", "sudirman", "spider"], ["001", "001", "001"], "salt")
    assert twice[0] == twice[2] != twice[1]


@pytest.mark.parametrize(("use", "words"), list(zip(SUBSETS, ["t2+t1", "t2", "t1"], strict=True)))
def test_weightings_are_named_as_a_query_names_them(use, words):
    assert weightings(made([2], ["a"], use=use)).tolist() == [words]


def test_a_disc_with_both_weightings_counts_once():
    rows = np.array(["t2+t1", "t2", "t1", "t2", "t1"])
    nothing = np.array([""] * 5)
    index = DiscIndex(
        "n", np.ones((5, 1), np.float32), nothing, nothing, nothing, rows, np.zeros((5, 0), np.int8), {}
    )
    assert disc_count(index) == 3
