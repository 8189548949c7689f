from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select

from spine_core.anatomy.outline_edits import outline_edit
from spine_core.anatomy.types import Source, Structure
from spine_core.library.cases import Description, case_files, case_names, delete, describe, get_case
from spine_core.library.database.schema import Base, PersonRow, TombstoneRow
from spine_core.library.errors import LibraryError
from spine_core.library.keeping import keep, kept_case, update_reading
from spine_core.library.kept_reading import kept_reading, places
from spine_core.library.people import add_person, set_role
from spine_core.library.reopening import open_case
from spine_core.library.reviews import review, set_references
from spine_core.library.search import CaseFilter, all_tags, find_cases
from spine_core.library.types import Decision, ReferenceGrade, Role
from spine_core.study import open_study
from tests.library.making import disc, finding, kept, picture, prepared_picture, reading


def test_a_kept_case_is_given_back_whole(library, anna):
    study, prepared = prepared_picture(1)
    made = reading(study, finding("L4/L5", "pfirrmann", "4"), finding("L5/S1", "herniation", "1"))
    described = Description("A bulge", "Look at L4/L5.", ("teaching", "modic"), shared=True)
    case = get_case(library, anna, keep(library, anna, prepared, made, described).case_id)
    assert (case.title, case.notes, case.tags) == ("A bulge", "Look at L4/L5.", ("modic", "teaching"))
    assert (case.owner, case.shared, case.patient) == ("Anna", True, "SL-TEST")
    assert case.study_sha256 == study.sha256
    assert case.reading == kept_reading(made, study)
    assert case.thumbnail.startswith(b"\x89PNG")
    assert case.nbytes == len(prepared.files.files[0].data)


def test_it_opens_as_the_study_that_was_kept(library, anna):
    case_id = kept(library, anna, seed=3)
    case, study = open_case(library, anna, case_id)
    original = open_study([picture(3)])
    assert study.sha256 == original.sha256 == case.study_sha256
    assert [file.name for file in case_files(library, anna, case_id)] == ["0001.png"]


def test_the_discs_of_a_reader_come_back_as_data(library, anna):
    study, prepared = prepared_picture(1)
    made = replace(
        reading(study, finding("L4/L5", "pfirrmann", "4"), corrections=("L4/L5 moved",)),
        discs=(disc(study, "L4/L5", Source.READER),),
    )
    back = get_case(library, anna, keep(library, anna, prepared, made).case_id).reading
    (one,) = back.discs
    assert replace(one, series_uid=study.series[0].uid) == made.discs[0]
    assert one.series_uid == "0"
    assert back.corrections == ("L4/L5 moved",)


def test_edited_outlines_come_back_as_data_apart_from_corrections_of_discs(library, anna):
    study, prepared = prepared_picture(1)
    series = study.series[0]
    plain = reading(study, finding("L4/L5", "pfirrmann", "4"), corrections=("L4/L5 moved", "outlines edited"))
    mask = np.zeros((series.rows, series.columns), dtype=bool)
    mask[3:5, 7:12] = True
    edit = outline_edit(
        series, plain.anatomies[0], (0, Structure.CANAL), mask, ("Anna", "2026-11-30T12:00:00+00:00")
    )
    made = replace(plain, outline_edits=(edit,), outline_corrections=frozenset({1}))
    back = get_case(library, anna, keep(library, anna, prepared, made).case_id).reading
    assert back == kept_reading(made, study)
    (outline,) = back.outlines
    assert replace(outline, series_uid=series.uid) == edit
    assert np.array_equal(outline.mask, mask)
    assert back.corrections == ("L4/L5 moved",)
    assert places(back) != places(replace(back, outlines=()))


def test_a_reading_that_was_corrected_since_replaces_the_kept_one(library, anna, ben):
    study, prepared = prepared_picture(1)
    case_id = keep(library, anna, prepared, reading(study, finding("L4/L5", "pfirrmann", "4"))).case_id
    corrected = reading(study, finding("L5/S1", "pfirrmann", "2"), corrections=("moved by 1",))
    update_reading(library, anna, case_id, study, corrected)
    back = get_case(library, anna, case_id).reading
    assert back == kept_reading(corrected, study)
    other, _ = prepared_picture(2)
    with pytest.raises(LibraryError, match="another study"):
        update_reading(library, anna, case_id, other, corrected)


def test_the_same_study_is_kept_once_per_person(library, anna, ben):
    first, again, other = (kept(library, who, seed=1) for who in (anna, anna, ben))
    assert first == again != other
    assert find_cases(library, anna).total == 1
    # Its bytes are stored once for both.
    assert len(list(library.content.hashes())) == 2
    study, _ = prepared_picture(1)
    assert (kept_case(library, anna, study), kept_case(library, ben, study)) == (first, other)


def test_deleting_leaves_a_tombstone_and_nothing_else(library, anna):
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"), title="Mr X", tags=("t",))
    set_references(library, anna, case_id, [ReferenceGrade("L4/L5", "pfirrmann", "5")])
    review(library, anna, case_id, "L4/L5", "pfirrmann", Decision.ACCEPTED)
    delete(library, anna, case_id)
    assert list(library.content.hashes()) == []
    with library.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.execute(select(table)).all()
            expected = 1 if table.name in (PersonRow.__tablename__, TombstoneRow.__tablename__) else 0
            assert len(rows) == expected, table.name
        assert session.scalars(select(TombstoneRow.case_id)).all() == [case_id]
    with pytest.raises(LibraryError, match="no such case"):
        get_case(library, anna, case_id)


def test_deleting_keeps_files_that_another_case_holds(library, anna, ben):
    mine, yours = kept(library, anna, seed=1), kept(library, ben, seed=1)
    delete(library, anna, mine)
    assert open_case(library, ben, yours)[1].series
    delete(library, ben, yours)
    assert list(library.content.hashes()) == []


def test_a_changed_file_of_a_case_is_not_opened(library, anna):
    case_id = kept(library, anna)
    (file,) = case_files(library, anna, case_id)
    for sha256 in library.content.hashes():
        if library.content.get(sha256) == file.data:
            library.content.path(sha256).write_bytes(b"other")
    with pytest.raises(LibraryError, match="was changed"):
        open_case(library, anna, case_id)


def test_tags_are_replaced_not_added(library, anna):
    case_id = kept(library, anna, tags=("a", "b"))
    describe(library, anna, case_id, Description("T", tags=(" b ", "c", "", "c")))
    assert get_case(library, anna, case_id).tags == ("b", "c")
    assert all_tags(library, anna) == ("b", "c")


@pytest.mark.parametrize("changes", [{"title": "a" * 201}, {"tags": ("a" * 41,)}])
def test_what_is_too_long_is_refused(changes):
    with pytest.raises(LibraryError, match="at most"):
        Description(**changes)


READS = {
    "get": lambda library, person, case: get_case(library, person, case),
    "files": lambda library, person, case: case_files(library, person, case),
    "open": lambda library, person, case: open_case(library, person, case),
    "review": lambda library, person, case: review(
        library, person, case, "L4/L5", "pfirrmann", Decision.ACCEPTED
    ),
}
WRITES = {
    "describe": lambda library, person, case: describe(library, person, case, Description("x")),
    "delete": lambda library, person, case: delete(library, person, case),
    "references": lambda library, person, case: set_references(library, person, case, []),
}
ACTS = READS | WRITES


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_another_persons_case_does_not_exist(library, anna, ben, act):
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"), title="mine", tags=("hidden",))
    with pytest.raises(LibraryError, match="no such case"):
        act(library, ben, case_id)
    assert find_cases(library, ben).total == 0
    assert find_cases(library, ben, CaseFilter(text="mine")).cases == ()
    assert all_tags(library, ben) == ()
    assert kept_case(library, ben, prepared_picture(0)[0]) is None
    assert get_case(library, anna, case_id).title == "mine"


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES.keys())
def test_a_shared_case_is_read_by_all_and_changed_by_its_owner(library, anna, ben, act):
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"), title="ours", shared=True)
    assert find_cases(library, ben).total == 1
    for read in READS.values():
        read(library, ben, case_id)
    with pytest.raises(LibraryError, match="only its owner"):
        act(library, ben, case_id)
    assert get_case(library, anna, case_id).title == "ours"


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES.keys())
def test_an_administrator_sees_and_changes_every_case_while_being_one(library, anna, chief, act):
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"))
    other = add_person(library, "Other", Role.ADMINISTRATOR)
    assert find_cases(library, other).total == 1
    set_role(library, chief, other.id, Role.READER)
    # The role that the page remembers does not count.
    with pytest.raises(LibraryError, match="no such case"):
        act(library, other, case_id)
    act(library, chief, case_id)


def test_somebody_who_is_not_in_the_library_sees_nothing(library, anna):
    kept(library, anna, shared=True)
    with pytest.raises(LibraryError, match="no such person"):
        find_cases(library, replace(anna, id=99))


def test_names_are_of_visible_cases_only(library, anna, ben):
    named, plain, hidden = (
        kept(library, anna, title="One"),
        kept(library, anna, seed=1),
        kept(library, ben, seed=2),
    )
    assert case_names(library, anna, {named, plain, hidden}) == {named: "One", plain: plain[:8]}
    assert case_names(library, anna, set()) == {}
