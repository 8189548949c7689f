"""Discs of kept cases as an index of similar discs: who sees them, whose grades they bear, when they go."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from spine_core.library.cases import delete, get_case
from spine_core.library.disc_features import pseudonym_of, store_features, stored_features
from spine_core.library.errors import LibraryError
from spine_core.library.keeping import update_reading
from spine_core.library.reviews import review, set_references
from spine_core.library.types import Decision, ReferenceGrade
from spine_core.retrieval.kept_discs import KeptDiscs, file_name
from spine_core.retrieval.library_index import library_index
from spine_core.retrieval.similar import similar_discs
from spine_core.retrieval.types import DiscQuery, GradeSource
from spine_core.study.types import Patient
from spine_core.weights import ModelId
from tests.library.making import finding, kept, prepared_picture, reading

NETWORK = "f" * 64
BUNDLE = SimpleNamespace(grader=SimpleNamespace(id=ModelId("ensemble", "1", NETWORK)))
GRADES = ("1", "2", "3", "4", "5")


def discs(*embeddings: tuple[float, float], grade: str = "4") -> KeptDiscs:
    count = len(embeddings)
    return KeptDiscs(
        np.array(embeddings, dtype=np.float32),
        np.zeros((count, 2, 4, 4), dtype=np.float16),
        ("L4/L5", "L5/S1")[:count],
        ("t2",) * count,
        ({"pfirrmann": grade},) * count,
        {"pfirrmann": GRADES},
    )


def embedded(library, person, made: KeptDiscs, *, seed: int, **described) -> str:
    """A case of ``person`` whose discs were computed."""
    case_id = kept(library, person, finding("L4/L5", "pfirrmann", "4"), seed=seed, **described)
    name = file_name(NETWORK, get_case(library, person, case_id).reading)
    store_features(library, person, case_id, name, made.to_bytes())
    return case_id


def query(**changes) -> DiscQuery:
    return DiscQuery(np.array([1, 0], dtype=np.float32), "L4/L5", "t2", "pfirrmann", GRADES, "4", **changes)


def test_only_cases_that_a_person_sees_are_searched(library, anna, ben):
    mine = embedded(library, anna, discs((1, 0)), seed=1)
    shared = embedded(library, ben, discs((0.6, 0.8)), seed=2, shared=True)
    embedded(library, ben, discs((0.8, 0.6)), seed=3)
    found = library_index(library, anna, BUNDLE)
    assert set(found.index.cases) == {mine, shared}
    assert len(library_index(library, ben, BUNDLE).index) == 2


def test_the_patient_and_the_study_of_the_query_are_left_out(library, anna):
    embedded(library, anna, discs((0.6, 0.8)), seed=1)
    index = library_index(library, anna, BUNDLE).index
    study, _ = prepared_picture(1)
    assert len(similar_discs(index, query()).neighbours) == 1
    assert similar_discs(index, query(patient="SL-TEST")).neighbours == ()
    assert similar_discs(index, query(study=study.sha256)).neighbours == ()


def test_grades_of_people_count_before_those_of_the_network(library, anna):
    case_id = embedded(library, anna, discs((0.6, 0.8), (0, 1)), seed=1)

    def grades() -> list[tuple[str, GradeSource] | None]:
        index = library_index(library, anna, BUNDLE).index
        made = [index.disc(row) for row in range(len(index))]
        return [(one.grades["pfirrmann"], one.graded_by["pfirrmann"]) if one.grades else None for one in made]

    below = ("4", GradeSource.NETWORK)
    assert grades() == [("4", GradeSource.NETWORK), below]
    review(library, anna, case_id, "L4/L5", "pfirrmann", Decision.CHANGED, "5")
    assert grades() == [("5", GradeSource.READER), below]
    review(library, anna, case_id, "L4/L5", "pfirrmann", Decision.REJECTED)
    assert grades() == [None, below]
    review(library, anna, case_id, "L4/L5", "pfirrmann", Decision.ACCEPTED)
    assert grades() == [("4", GradeSource.NETWORK), below]
    set_references(library, anna, case_id, [ReferenceGrade("L4/L5", "pfirrmann", "3")])
    assert grades() == [("3", GradeSource.REFERENCE), below]


def test_what_was_computed_goes_with_its_case(library, anna, ben):
    case_id = embedded(library, anna, discs((1, 0)), seed=1)
    name = file_name(NETWORK, get_case(library, anna, case_id).reading)
    path = stored_features(library, anna, case_id, name)
    with pytest.raises(LibraryError, match="no such case"):
        stored_features(library, ben, case_id, name)
    delete(library, anna, case_id)
    assert not path.exists()
    assert len(library_index(library, anna, BUNDLE).index) == 0
    with pytest.raises(LibraryError, match="no such case"):
        store_features(library, anna, case_id, name, b"late")
    assert not path.parent.exists()


def test_corrected_discs_and_other_networks_are_computed_anew(library, anna):
    case_id = embedded(library, anna, discs((1, 0)), seed=1)
    before = get_case(library, anna, case_id).reading
    study, _ = prepared_picture(1)
    corrected = reading(study, finding("L5/S1", "pfirrmann", "4"), corrections=("moved",))
    update_reading(library, anna, case_id, study, corrected)
    after = get_case(library, anna, case_id).reading
    names = {file_name(NETWORK, before), file_name(NETWORK, after), file_name("e" * 64, before)}
    assert len(names) == 3
    assert stored_features(library, anna, case_id, file_name(NETWORK, after)) is None
    # Stored anew, the images of the discs as they were before are gone.
    store_features(library, anna, case_id, file_name(NETWORK, after), b"new")
    assert stored_features(library, anna, case_id, file_name(NETWORK, before)) is None


def test_a_case_whose_files_cannot_be_opened_is_counted(library, anna):
    kept(library, anna, seed=1)
    for sha256 in list(library.content.hashes()):
        library.content.remove(sha256)
        library.content.path(sha256).write_bytes(b"changed")
    found = library_index(library, anna, BUNDLE)
    assert (len(found.index), found.unreadable) == (0, 1)


def test_an_open_study_bears_the_pseudonym_under_which_it_would_be_kept(library, anna):
    study, _ = prepared_picture(1)
    assert pseudonym_of(library, anna, study) == ""
    named = replace(study, patient=Patient("key", "Doe^Jane", "17"))
    again = replace(study, patient=Patient("other upload", "DOE^Jane", "17"))
    assert pseudonym_of(library, anna, named).startswith("SL-")
    assert pseudonym_of(library, anna, named) == pseudonym_of(library, anna, again)
    case_id = kept(library, anna, seed=2)
    assert pseudonym_of(library, anna, named, case_id) == "SL-TEST"
