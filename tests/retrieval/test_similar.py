"""Search in an index of a few vectors whose distances are worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.index_file import DiscIndexError, load_index, save_index
from spine_core.retrieval.library_index import joined
from spine_core.retrieval.search import cosine_distances, nearest, nearest_other_patient
from spine_core.retrieval.similar import discs_by_chance, similar_discs
from spine_core.retrieval.types import DiscQuery, Filters, GradeSource

GRADES = ("1", "2", "3", "4", "5")


def made(**changes) -> DiscIndex:
    """Four discs of three patients at cosines 1, 0.8, 0.6 and 0 to (1, 0)."""
    values = {
        "network": "n",
        "embeddings": np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1]], dtype=np.float32),
        "levels": np.array(["L4/L5", "L5/S1", "L4/L5", "L4/L5"]),
        "patients": np.array(["a", "b", "b", "c"]),
        "sources": np.array(["spider"] * 4),
        "weightings": np.array(["t2"] * 4),
        "grades": np.array([[2, -1], [3, 0], [1, 1], [2, -1]], dtype=np.int8),
        "conditions": {"pfirrmann": GRADES, "herniation": ("0", "1")},
    }
    return DiscIndex(**values | changes)


def asked(**changes) -> DiscQuery:
    """A disc of grade III at 30 degrees: cosines 0.866, 0.993, 0.920 and 0.5 to the four."""
    query = DiscQuery(np.array([0.866025, 0.5], dtype=np.float32), "L4/L5", "t2", "pfirrmann", GRADES, "3")
    return replace(query, **changes)


def rows(found) -> list[int]:
    return [one.disc.row for one in found.neighbours]


def test_neighbours_come_by_cosine_with_their_grades():
    found = similar_discs(made(), asked(), count=3)
    assert rows(found) == [1, 2, 0]
    assert [one.distance for one in found.neighbours] == pytest.approx(
        [1 - 0.866025 * c - 0.5 * s for c, s in ((0.8, 0.6), (0.6, 0.8), (1, 0))], abs=1e-6
    )
    assert [one.disc.grades["pfirrmann"] for one in found.neighbours] == ["4", "2", "3"]
    assert found.neighbours[0].disc.graded_by["pfirrmann"] is GradeSource.LABEL
    assert (found.candidates, found.patients) == (4, 3)


def test_the_nearest_one_grade_lower_and_higher_are_of_that_grade():
    found = similar_discs(made(), asked())
    assert (found.lower.disc.row, found.higher.disc.row) == (2, 1)
    assert similar_discs(made(), asked(grade="5")).higher is None
    assert similar_discs(made(), asked(grades=())).lower is None


def test_filters_leave_the_same_level_and_the_same_grade():
    assert rows(similar_discs(made(), asked(), Filters(same_level=True))) == [2, 0, 3]
    assert rows(similar_discs(made(), asked(), Filters(same_grade=True))) == [0, 3]
    both = similar_discs(made(), asked(), Filters(same_level=True, same_grade=True))
    assert rows(both) == [0, 3]
    # A grade lower is looked for at the same level, whichever grade the neighbours have to have.
    assert both.lower.disc.row == 2
    assert both.higher is None


def test_the_same_patient_is_never_a_neighbour():
    assert rows(similar_discs(made(), asked(patient="b"))) == [0, 3]
    of_study = made(studies=np.array(["s", "", "", "s"]))
    assert rows(similar_discs(of_study, asked(study="s"))) == [1, 2]


def test_discs_drawn_by_chance_are_any_of_the_level_of_other_patients():
    index, drawn = made(), set()
    for seed in range(20):
        found = discs_by_chance(index, asked(), 1, np.random.default_rng(seed))
        drawn |= {one.row for one in found}
    assert drawn == {0, 2, 3}
    own = discs_by_chance(index, asked(patient="b"), 5, np.random.default_rng(0))
    assert sorted(one.row for one in own) == [0, 3]


def test_a_disc_of_the_index_finds_neither_itself_nor_its_patient():
    found = similar_discs(made(), asked(embedding=np.array([0.8, 0.6], dtype=np.float32)))
    assert found.known_patient
    assert rows(found) == [0, 3]


def test_only_discs_of_the_same_weightings_that_are_graded_are_compared():
    mixed = made(weightings=np.array(["t2", "t2+t1", "t2", "t2"]))
    assert rows(similar_discs(mixed, asked())) == [2, 0, 3]
    assert rows(similar_discs(made(), asked(condition="herniation", grades=("0", "1"), grade="1"))) == [1, 2]
    assert rows(similar_discs(made(), asked(condition="unknown"))) == []


def pairs() -> DiscIndex:
    """Twenty discs of twenty patients in ten pairs, at right angles to each other: five pairs 0.02 apart, five 0.05."""
    vectors = np.zeros((20, 21), dtype=np.float32)
    for pair in range(10):
        cosine = 0.98 if pair < 5 else 0.95
        vectors[2 * pair, 2 * pair] = 1
        vectors[2 * pair + 1, 2 * pair : 2 * pair + 2] = cosine, np.sqrt(1 - cosine**2)
    same = {"levels": "L4/L5", "sources": "spider", "weightings": "t2"}
    return made(
        embeddings=vectors,
        patients=np.arange(20).astype(str),
        grades=np.tile(np.array([2, -1], dtype=np.int8), (20, 1)),
        **{name: np.array([value] * 20) for name, value in same.items()},
    )


@pytest.mark.parametrize(
    ("distance", "percentile", "close"), [(0.01, 0.0, True), (0.03, 50.0, True), (0.5, 100.0, False)]
)
def test_no_case_is_close_beyond_the_95th_percentile(distance, percentile, close):
    query = np.zeros(21, dtype=np.float32)
    query[0], query[20] = 1 - distance, np.sqrt(1 - (1 - distance) ** 2)
    found = similar_discs(pairs(), asked(embedding=query))
    assert found.neighbours[0].distance == pytest.approx(distance, abs=1e-5)
    assert found.neighbours[0].percentile == percentile
    assert found.close is close


def test_stored_percentiles_say_the_same(tmp_path):
    save_index(pairs().with_distances(), tmp_path / "index.npz")
    kept = load_index("n", tmp_path / "index.npz").nearest_distances("t2", "pfirrmann")
    assert len(kept) == 101
    assert kept[[0, 40, 60, 100]] == pytest.approx([0.02, 0.02, 0.05, 0.05], abs=1e-5)


def test_four_discs_are_too_few_to_say_what_is_close():
    found = similar_discs(made(), asked())
    assert found.close is None
    assert found.neighbours[0].percentile is None


def test_nearest_keeps_the_order_of_rows_that_are_equally_near():
    apart = np.array([0, 1, 0, 0], dtype=np.float32)
    found, distances = nearest(apart, np.array([True, True, True, False]), 2)
    assert found.tolist() == [0, 2]
    assert distances.tolist() == [0, 0]
    none, _ = nearest(apart, np.zeros(4, dtype=bool), 2)
    assert none.tolist() == []


def test_the_nearest_disc_of_another_patient_is_not_one_of_the_same():
    found = nearest_other_patient(made().embeddings, made().patients)
    assert found == pytest.approx([0.2, 0.2, 0.2, 0.2], abs=1e-6)
    assert np.isinf(nearest_other_patient(made().embeddings, np.array(["a"] * 4))).all()


def test_scikit_learn_finds_the_same_neighbours():
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    peer = NearestNeighbors(n_neighbors=7, metric="cosine", algorithm="brute").fit(vectors[1:])
    expected, numbers = peer.kneighbors(vectors[:1])
    found, distances = nearest(cosine_distances(vectors[1:], vectors[0]), np.ones(299, dtype=bool), 7)
    assert found.tolist() == numbers[0].tolist()
    assert distances == pytest.approx(expected[0], abs=1e-5)


def test_an_index_comes_back_as_it_was_stored(tmp_path):
    basis = np.eye(2, dtype=np.float32)
    stored = made(
        basis=basis, salt="x", images=np.array([["h", ""]] * 4), places=np.ones((4, 2, 5), np.float32)
    )
    save_index(stored, tmp_path / "index.npz")
    found = load_index("n", tmp_path / "index.npz")
    assert np.allclose(found.embeddings, stored.embeddings, atol=1e-3)
    assert found.disc(2) == stored.disc(2)
    assert (found.salt, found.images.tolist(), found.conditions) == (
        "x",
        stored.images.tolist(),
        stored.conditions,
    )
    assert rows(similar_discs(found, asked())) == rows(similar_discs(stored, asked()))


def test_an_index_of_other_networks_or_a_changed_one_is_refused(tmp_path):
    path = tmp_path / "index.npz"
    with pytest.raises(DiscIndexError, match="missing"):
        load_index("n", path)
    save_index(made(), path)
    with pytest.raises(DiscIndexError, match="another version of the networks"):
        load_index("other", path)
    other = tmp_path / "changed.npz"
    save_index(made(), other)
    other.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DiscIndexError, match="not the file"):
        load_index("n", other)


def test_a_library_without_any_disc_has_no_similar_one():
    found = similar_discs(joined("network", []), asked())
    assert (found.neighbours, found.lower, found.higher, found.candidates) == ((), None, None, 0)
