from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import URL

from spine_core.audit.batch.finding_maps import stored_map
from spine_core.library.cases import Description, describe, get_case
from spine_core.library.database.engine import Database
from spine_core.library.errors import LibraryError
from spine_core.library.keeping import keep, prepare
from spine_core.library.people import add_person
from spine_core.library.reopening import open_case
from spine_core.library.search import find_cases
from spine_core.library.store import Library
from spine_core.library.types import Role
from spine_core.study import SourceFile, open_study
from spine_core.teaching.access import exercise_levels, open_exercise_case
from spine_core.teaching.attempts import commit, open_attempt, reveal
from spine_core.teaching.exercise_case import ExerciseCase
from spine_core.teaching.map_check import check_map
from spine_core.teaching.release_store import read_released_map
from spine_core.teaching.set_archive import SetArchive, write_archive
from spine_core.teaching.set_file import export_set
from spine_core.teaching.set_import import IMPORTED, import_set
from spine_core.teaching.set_manifest import Manifest, PackedCase, PackedFile, numbered
from spine_core.teaching.sets import create_set, get_set, sets, share_set
from spine_core.teaching.shown import revealed
from tests.audit.ratings.making import METHODS, attribution
from tests.study.made import mr, random_pixels, stored
from tests.teaching.making import answer, kept_set, pure_set, released_set, set_with_maps


def exported(library, person, set_id) -> bytes:
    out = io.BytesIO()
    export_set(library, person, set_id, out)
    return out.getvalue()


@pytest.fixture
def other(tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    found = Library(folder, Database(URL.create("sqlite", database=str(folder / "library.db"))))
    yield found
    found.database.close()


@pytest.fixture
def colleague(other):
    add_person(other, "Somebody")
    return add_person(other, "Colleague", Role.TEACHER)


def test_a_set_comes_with_its_cases_answers_and_maps(library, teacher, other, colleague):
    set_id, _ = set_with_maps(library, teacher)
    data = exported(library, teacher, set_id)
    imported = import_set(other, colleague, SourceFile("set.zip", data))
    before, after = (
        get_set(library, teacher, set_id).exercise, get_set(other, colleague, imported).exercise,
    )  # fmt: skip
    assert numbered(after) == numbered(before)
    study = open_exercise_case(other, colleague, imported, 1)
    assert study.sha256 == before.cases[1].study_sha256
    (level,) = exercise_levels(other, colleague, imported, 1, study)
    assert (level.level, level.series_uid) == ("L4/L5", study.series[0].uid)
    case = get_case(other, colleague, after.cases[0].case_id)
    assert (case.title, case.tags, case.shared) == ("Discs: case 1", (IMPORTED,), False)
    learner = add_person(other, "Learner")
    share_set(other, colleague, imported, True)
    attempt = open_attempt(other, learner, imported, 0).id
    commit(other, learner, attempt, answer())
    reveal(other, learner, attempt)
    (found,) = revealed(other, learner, attempt)
    assert set(found.maps) == set(METHODS)
    assert read_released_map(other, found, "lime") == pytest.approx(attribution(0, "lime"), abs=1e-3)
    # Equal sets give equal bytes, wherever they are.
    assert exported(other, colleague, imported) == data
    assert exported(library, teacher, set_id) == data


def test_an_import_into_the_own_library_keeps_no_case_twice(library, teacher):
    set_id = released_set(library, teacher)
    data = exported(library, teacher, set_id)
    imported = import_set(library, teacher, SourceFile("set.zip", data))
    assert find_cases(library, teacher).total == 2
    assert get_set(library, teacher, imported).exercise == get_set(library, teacher, set_id).exercise


def test_only_who_may_takes_sets_out_and_in(library, teacher, anna, chief):
    set_id = released_set(library, teacher)
    for person in (anna, add_person(library, "Other", Role.TEACHER)):
        with pytest.raises(LibraryError, match="only who made"):
            exported(library, person, set_id)
    data = exported(library, chief, set_id)
    with pytest.raises(LibraryError, match="only teachers"):
        import_set(library, anna, SourceFile("set.zip", data))
    assert find_cases(library, anna).total == 0


def test_a_set_with_one_study_twice_is_not_exported(library, teacher, ben):
    exercise = kept_set(library, teacher)
    twin = kept_set(library, ben).cases[0]
    describe(library, ben, twin.case_id, Description(shared=True))
    set_id = create_set(library, teacher, replace(exercise, cases=(*exercise.cases, twin)))
    with pytest.raises(LibraryError, match="the same study"):
        exported(library, teacher, set_id)


def rewritten(
    data: bytes, change=lambda name, content: (name, content), manifest=None, **kwargs
) -> SourceFile:
    """The set file with changed members. ``manifest``: changes its values in place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", **kwargs) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "manifest.json" and manifest is not None:
                values = json.loads(content)
                manifest(values)
                content = json.dumps(values).encode()
            changed = change(info.filename, content)
            if changed is not None:
                new.writestr(*changed)
    return SourceFile("set.zip", out.getvalue())


def first_finding(values):
    return values["cases"][0]["findings"][0]


MANIFESTS = {
    "other format": lambda values: values.update(format="x"),
    "newer version": lambda values: values.update(version=2),
    "no cases": lambda values: values.update(cases=[]),
    "no set": lambda values: values.pop("exercise"),
    "unknown field": lambda values: values["exercise"].update(evil=1),
    "title no text": lambda values: values["exercise"].update(title=["x"]),
    "time limit text": lambda values: values["exercise"].update(time_limit_s="60"),
    "case id of this library": lambda values: values["exercise"]["cases"][0].update(case_id="f" * 32),
    "name with path": lambda values: values["cases"][0]["files"][0].update(name="../../0001.png"),
    "absolute name": lambda values: values["cases"][0]["files"][0].update(name="/etc/0001.png"),
    "hash with path": lambda values: values["cases"][0]["files"][0].update(sha256="../secret"),
    "wrong size": lambda values: values["cases"][0]["files"][0].update(nbytes=1),
    "no files": lambda values: values["cases"][0].update(files=[]),
    "patient in words": lambda values: values["cases"][0].update(patient="Jane <b>Doe</b>"),
    "spacing of nothing": lambda values: values["cases"][0].update(spacing=0.0),
    "weighting unknown": lambda values: values["cases"][0].update(weighting="t9"),
    "unknown grade": lambda values: first_finding(values).update(grade="9"),
    "probability text": lambda values: first_finding(values)["probabilities"].update({"4": "high"}),
    "short frame": lambda values: first_finding(values)["view"].update(frame=[1.0]),
    "huge map": lambda values: first_finding(values)["view"].update(size=10**6),
    "map of another size": lambda values: first_finding(values)["view"].update(size=4),
    "finding twice": lambda values: values["cases"][0].update(findings=[first_finding(values)] * 2),
    "level unknown": lambda values: values["cases"][0]["levels"][0].update(level="C1/C2"),
    "level twice": lambda values: values["cases"][0].update(levels=values["cases"][0]["levels"] * 2),
    "level in no series": lambda values: values["cases"][0]["levels"][0].update(series=7),
    "level on no slice": lambda values: values["cases"][0]["levels"][0].update(slice_index=99),
    "level without place": lambda values: values["cases"][0]["levels"][0].update(center_px=[1.0]),
    "level of text": lambda values: values["cases"][0]["levels"][0].update(center_px=["a", "b"]),
    "list": lambda values: values.update(exercise=[]),
}  # fmt: skip


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_lies_is_refused_and_nothing_is_kept(sqlite, name):
    library, teacher, data = sqlite
    before = find_cases(library, teacher).total
    with pytest.raises(LibraryError, match="no set of exercises"):
        import_set(library, teacher, rewritten(data, manifest=MANIFESTS[name]))
    assert find_cases(library, teacher).total == before
    assert len(sets(library, teacher)) == 1


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    library = Library(folder, Database(URL.create("sqlite", database=str(folder / "library.db"))))
    teacher = add_person(library, "Teacher", Role.TEACHER)
    set_id, _ = set_with_maps(library, teacher)
    yield library, teacher, exported(library, teacher, set_id)
    library.database.close()


def swapped(name, content):
    return (name, content[:-1] + b"x") if name.startswith("content/") else (name, content)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: SourceFile("set.zip", b"PK"), id="no zip"),
        pytest.param(lambda data: SourceFile("set.zip", data[: len(data) // 2]), id="half"),
        pytest.param(lambda data: rewritten(data, swapped), id="changed content"),
        pytest.param(lambda data: rewritten(data, compression=zipfile.ZIP_DEFLATED), id="compressed"),
        pytest.param(
            lambda data: rewritten(
                data, lambda name, content: None if "manifest" in name else (name, content)
            ),
            id="no manifest",
        ),
        pytest.param(
            lambda data: rewritten(
                data, lambda name, content: ("../" + name if "content" in name else name, content)
            ),
            id="leads outside",
        ),
        pytest.param(
            lambda data: rewritten(
                data, lambda name, content: (name, b"[" * 10**6 if "manifest" in name else content)
            ),
            id="nested json",
        ),
    ],
)
def test_a_hostile_or_damaged_file_is_refused(sqlite, change):
    library, teacher, data = sqlite
    with pytest.raises(LibraryError, match="no set of exercises"):
        import_set(library, teacher, change(data))
    assert len(sets(library, teacher)) == 1


def test_a_member_that_says_it_is_deflated_is_refused_whatever_its_sizes(sqlite):
    library, teacher, data = sqlite
    forged = bytearray(data)
    # The method in the central directory, PKWARE APPNOTE 4.3.12.
    forged[data.rindex(b"PK\x01\x02") + 10] = zipfile.ZIP_DEFLATED
    with pytest.raises(LibraryError, match="no set of exercises"):
        import_set(library, teacher, SourceFile("set.zip", bytes(forged)))


def test_content_that_the_manifest_does_not_name_is_refused(sqlite):
    library, teacher, data = sqlite
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(f"content/{'0' * 64}", b"more")
    with pytest.raises(LibraryError, match="no set of exercises"):
        import_set(library, teacher, SourceFile("set.zip", out.getvalue()))


def test_the_untouched_copy_of_a_file_is_imported(sqlite):
    _, _, data = sqlite
    archive = SetArchive.open(rewritten(data, manifest=lambda values: None))
    assert archive.manifest.exercise.title == "Discs"


def mr_slices() -> list[SourceFile]:
    return [
        SourceFile(f"{at}", stored(mr((4.0 * at, 0, 0), pixels=random_pixels(at), InstanceNumber=at + 1)))
        for at in range(4)
    ]


def test_dicom_files_come_as_they_were_kept(library, teacher, other, colleague):
    files = mr_slices()
    case_id = keep(library, teacher, prepare(library, open_study(files), files)).case_id
    case = ExerciseCase(case_id, get_case(library, teacher, case_id).study_sha256)
    data = exported(library, teacher, create_set(library, teacher, pure_set(cases=(case,))))
    assert b"Doe^Jane" not in data
    imported = import_set(other, colleague, SourceFile("set.zip", data))
    study = open_exercise_case(other, colleague, imported, 0)
    # The same uids, so that places and maps of the set still lie where they did.
    assert study.series[0].uid == open_case(library, teacher, case_id)[1].series[0].uid
    assert get_case(other, colleague, get_set(other, colleague, imported).exercise.cases[0].case_id).patient


def test_files_of_a_patient_are_not_imported(library, teacher):
    files = mr_slices()
    data = {hashlib.sha256(one.data).hexdigest(): one.data for one in files}
    packed = tuple(
        PackedFile(f"{number:04}.dcm", sha256, len(content))
        for number, (sha256, content) in enumerate(data.items(), 1)
    )
    case = ExerciseCase("0", open_study(files).sha256)
    manifest = Manifest(pure_set(cases=(case,)), (PackedCase(packed, "SL-1", None, None, None),))
    out = io.BytesIO()
    write_archive(out, manifest, manifest.hashes, data.__getitem__)
    with pytest.raises(LibraryError, match="does not say that it is de-identified"):
        import_set(library, teacher, SourceFile("set.zip", out.getvalue()))
    assert find_cases(library, teacher).total == 0


def test_a_case_that_reads_otherwise_than_said_is_not_imported(sqlite):
    library, teacher, data = sqlite

    def other_study(values):
        values["exercise"]["cases"][0]["study_sha256"] = "0" * 64

    with pytest.raises(LibraryError, match="reads a case of the set differently"):
        import_set(library, teacher, rewritten(data, manifest=other_study))


def test_only_a_stored_map_is_a_map():
    check_map(stored_map(np.ones((8, 8), np.float32)), 8)
    bomb = io.BytesIO()
    np.savez_compressed(bomb, attribution=np.zeros((3000, 3000), np.float16), peak=np.float64(1))
    wide = io.BytesIO()
    np.savez_compressed(wide, attribution=np.zeros((8, 8), np.float64), peak=np.float64(1))
    alone = io.BytesIO()
    np.savez_compressed(alone, attribution=np.zeros((8, 8), np.float16))
    for data in (bomb.getvalue(), wide.getvalue(), alone.getvalue(), b"", b"PK\x03\x04"):
        with pytest.raises(LibraryError):
            check_map(data, 8)
