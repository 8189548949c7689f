from __future__ import annotations

from pathlib import Path

import pydicom

from spine_core.study import SourceFile, open_study
from tests.study.dicom.test_functional_groups import enhanced
from tests.study.made import mr, stored

FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def segmentation(**elements: object) -> SourceFile:
    """pydicom's own segmentation of a liver, said to be of the study of ``made.mr``."""
    dataset = pydicom.dcmread(FILES / "liver_1frame.dcm")
    for keyword, value in {"StudyInstanceUID": "1.2.3", **elements}.items():
        setattr(dataset, keyword, value)
    return SourceFile("masks/liver.dcm", stored(dataset))


def test_a_segmentation_is_found_and_is_no_series() -> None:
    alone = open_study([SourceFile("a", stored(mr()))])
    study = open_study([SourceFile("a", stored(mr())), segmentation(SeriesDescription="Liver")])
    assert [one.uid for one in study.series] == ["1.2.3.4"]
    assert study.sha256 == alone.sha256
    (found,) = study.objects
    assert (found.file, found.description) == ("masks/liver.dcm", "Liver")
    assert found.sop_class_uid == "1.2.840.10008.5.1.4.1.1.66.4"
    assert found.sop_instance_uid == str(pydicom.dcmread(FILES / "liver_1frame.dcm").SOPInstanceUID)


def test_objects_of_another_examination_do_not_come_along() -> None:
    study = open_study([SourceFile("a", stored(mr())), segmentation(StudyInstanceUID="1.2.99")])
    assert study.objects == ()


def test_an_object_that_occurs_twice_is_found_once() -> None:
    study = open_study([SourceFile("a", stored(mr())), segmentation(), segmentation()])
    assert len(study.objects) == 1


def test_slices_know_their_frame_of_a_multi_frame_object() -> None:
    (sorted_slices,) = open_study([SourceFile("a", enhanced([8.0, 0.0, 4.0], [101.0]))]).series
    assert sorted_slices.frame_numbers == (2, 3, 1)
    (classic,) = open_study([SourceFile("a", stored(mr()))]).series
    assert classic.frame_numbers == (None,)
