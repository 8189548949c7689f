"""The three tables of RSNA 2024: values by hand, and one sentence for whatever is missing or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from spine_core.training.rsna2024.dataset import (
    CONDITIONS,
    Coordinate,
    DatasetError,
    LabelledStudy,
    Split,
    read_dataset,
)
from tests.training.rsna2024.made import CALIBRATION, TEST, TRAINING, write_grades, write_marks, write_series

CANAL, LEFT = "spinal_canal_stenosis", "left_neural_foraminal_narrowing"
MARK = ("7", "71", "9", "Left Neural Foraminal Narrowing", "L5/S1", "196.07", "126.02")


@pytest.fixture
def folder(tmp_path) -> Path:
    write_grades(tmp_path, {"7": {(CANAL, "L1/L2"): "Severe", (LEFT, "L5/S1"): ""}, "8": {}})
    write_series(
        tmp_path, [("7", "70", "Sagittal T2/STIR"), ("7", "71", "Sagittal T1"), ("8", "80", "Axial T2")]
    )
    write_marks(tmp_path, [MARK])
    image = tmp_path / "train_images" / "7" / "71" / "9.dcm"
    image.parent.mkdir(parents=True)
    image.touch()
    return tmp_path


def test_grades_series_and_marks_are_those_of_the_tables(folder) -> None:
    (study,) = read_dataset(folder).studies
    assert (study.study_id, study.folder) == ("7", folder / "train_images" / "7")
    assert len(study.grades) == 24
    assert (LEFT, "L5/S1") not in study.grades
    assert study.grades[CANAL, "L1/L2"] == 2
    assert study.grades["right_subarticular_stenosis", "L3/L4"] == 0
    assert study.series == {"70": "Sagittal T2/STIR", "71": "Sagittal T1"}
    assert study.coordinates == (Coordinate("71", 9, LEFT, "L5/S1", 196.07, 126.02),)


def test_studies_without_images_are_listed(folder) -> None:
    assert read_dataset(folder).without_images == ("8",)


def test_a_byte_order_mark_is_no_part_of_the_first_column(folder) -> None:
    path = folder / "train.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_dataset(folder).studies) == 1


def test_the_split_is_by_identifier_alone() -> None:
    splits = {name: LabelledStudy(name, Path(), {}).split for name in (TRAINING, CALIBRATION, TEST)}
    assert list(splits.values()) == [Split.TRAINING, Split.CALIBRATION, Split.TEST]
    many = [LabelledStudy(str(number), Path(), {}).split for number in range(1000, 3000)]
    assert 0.77 < many.count(Split.TRAINING) / len(many) < 0.83
    assert 0.07 < many.count(Split.TEST) / len(many) < 0.13


def replaced(old: str, new: str):
    def change(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


BAD = [
    ("train.csv", Path.unlink, "train.csv: there is no such file in "),
    ("train_label_coordinates.csv", Path.unlink, "train_label_coordinates.csv: there is no such file"),
    ("train.csv", replaced("_l1_l2", "_t1_t2"), "train.csv: the column spinal_canal_stenosis_l1_l2 is missing"),
    ("train_series_descriptions.csv", replaced("series_id", "series"), "the column series_id is missing"),
    ("train.csv", lambda path: path.write_bytes(b""), "train.csv: the column study_id is missing"),
    ("train.csv", lambda path: path.write_bytes(b"\xff\xfe\x00"), "train.csv: it is not a CSV file"),
    (
        "train.csv", replaced("Severe", "Terrible"),
        "train.csv: line 2: spinal_canal_stenosis_l1_l2 is 'Terrible'; it must be one of Normal/Mild, Moderate, Severe",
    ),
    ("train.csv", replaced("8,", "7,"), "train.csv: line 3: study 7 is in the table twice"),
    ("train.csv", replaced("8,", "../8,"), "line 3: study_id is '../8', not a number"),
    ("train_series_descriptions.csv", replaced("Sagittal T1", "Sagittal PD"), "line 3: series_description is"),
    ("train_label_coordinates.csv", replaced("Left Neural", "Upper Neural"), "line 2: condition is 'Upper Neural"),
    ("train_label_coordinates.csv", replaced("L5/S1", "S1/S2"), "line 2: level is 'S1/S2'; it must be one of L1/L2"),
    ("train_label_coordinates.csv", replaced("196.07", "nan"), "line 2: x is 'nan', not a number"),
    ("train_label_coordinates.csv", replaced(",9,", ",9.5,"), "line 2: instance_number is '9.5', not a number"),
    ("train_label_coordinates.csv", replaced(",126.02", ""), "line 2: y is '', not a number"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "damage", "words"), BAD)
def test_a_wrong_table_is_refused_in_one_sentence_with_file_and_reason(file, damage, words, folder) -> None:
    damage(folder / file)
    with pytest.raises(DatasetError) as caught:
        read_dataset(folder)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_folder_without_images_is_refused(folder, tmp_path_factory) -> None:
    (folder / "train_images").rename(tmp_path_factory.mktemp("elsewhere") / "images")
    with pytest.raises(DatasetError, match=r"^train_images/: there is no such folder"):
        read_dataset(folder)


def test_there_are_25_outputs(folder) -> None:
    header = (folder / "train.csv").read_text().splitlines()[0].split(",")
    assert len(header) == 26
    assert len(CONDITIONS) == 5
    assert header[1] == "spinal_canal_stenosis_l1_l2"
    assert header[-1] == "right_subarticular_stenosis_l5_s1"
