from __future__ import annotations

import pytest

from spine_core.library.cases import Description, case_files, delete, get_case
from spine_core.library.importing import ImportOptions, import_studies
from spine_core.library.reference_csv import references_by_study
from spine_core.library.search import find_cases
from spine_core.library.types import ReferenceGrade
from spine_core.progress import Cancelled
from spine_core.study.sources import SourceFile
from tests.library.making import picture

ALL = ImportOptions(accept_warnings=True, description=Description(tags=("imported",)))


def folder(count: int) -> list[SourceFile]:
    return [SourceFile(f"Smith {seed}/t2.png", picture(seed).data) for seed in range(count)]


def test_every_study_becomes_a_case_and_what_was_refused_has_a_reason(library, anna):
    files = [*folder(3), SourceFile("Notes/readme.txt", b"hello"), SourceFile("Empty/x.png", b"")]
    report = import_studies(library, anna, files, ALL)
    assert len(report.kept) == 3
    assert find_cases(library, anna).total == 3
    assert [(one.name, one.reason) for one in report.refused] == [
        ("Notes/readme.txt", "Notes/readme.txt: it is a text file; only images are read"),
        ("Empty/x.png", "Empty/x.png: it is empty"),
    ]
    assert get_case(library, anna, report.kept[0]).tags == ("imported",)


def test_nothing_of_a_file_name_is_kept(library, anna):
    report = import_studies(library, anna, folder(1), ALL)
    case = get_case(library, anna, report.kept[0])
    assert "Smith" not in repr(case)
    assert "Smith" not in repr(case_files(library, anna, case.id))


def test_pictures_are_refused_until_somebody_has_looked_for_text(library, anna):
    report = import_studies(library, anna, folder(1))
    assert report.kept == []
    assert "look at it" in report.refused[0].reason


def test_an_import_that_was_cut_off_goes_on_where_it_stopped(library, anna):
    files = folder(5)
    seen = []

    def stop(done: float, what: str = "") -> None:
        if what == "study 4 of 5":
            raise Cancelled

    def watch(done: float, what: str = "") -> None:
        seen.append(what)

    with pytest.raises(Cancelled):
        import_studies(library, anna, files, ALL, stop)
    assert find_cases(library, anna).total == 3
    report = import_studies(library, anna, files, ALL, watch)
    assert (len(report.kept), report.known) == (2, 3)
    # The known ones are not even opened.
    assert seen.count("study 1 of 5") == 1
    assert find_cases(library, anna).total == 5


def test_a_deleted_case_may_be_imported_again(library, anna):
    (case_id,) = import_studies(library, anna, folder(1), ALL).kept
    delete(library, anna, case_id)
    assert len(import_studies(library, anna, folder(1), ALL).kept) == 1


def test_the_same_pixels_in_another_file_are_known(library, anna):
    import_studies(library, anna, folder(1), ALL)
    again = [SourceFile("other/name.png", picture(0).data)]
    report = import_studies(library, anna, again, ALL)
    assert (report.kept, report.known) == ([], 1)


def test_reference_grades_come_with_the_studies_they_name(library, anna):
    table = (
        b"study,level,condition,grade,source\n"
        b"Smith 0,L4/L5,pfirrmann,IV,consensus\nSmith 1/t2.png,l5-s1,herniation,present,\n"
    )
    options = ImportOptions(accept_warnings=True, references=references_by_study(table))
    report = import_studies(library, anna, folder(3), options)
    found = [get_case(library, anna, case_id).references for case_id in report.kept]
    assert found == [
        (ReferenceGrade("L4/L5", "pfirrmann", "4", "consensus"),),
        (ReferenceGrade("L5/S1", "herniation", "1"),),
        (),
    ]


def test_progress_goes_from_nothing_to_everything_and_never_back(library, anna):
    reported = []
    import_studies(library, anna, folder(3), ALL, lambda done, what="": reported.append(done))
    assert reported == sorted(reported)
    assert 0.0 <= reported[0] < 0.1
    assert 0.5 < reported[-1] <= 1.0
    # The second of three studies lies in the middle third.
    assert any(0.37 < done < 0.63 for done in reported)
