"""Key Object Selections, Secondary Captures and the encapsulated document."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK
from PIL import Image

from spine_core.dicom_objects.captioned_picture import captioned_picture
from spine_core.dicom_objects.objects import make_objects, unavailable
from spine_core.report import editing
from spine_core.report.key_images import slice_image
from spine_core.report.pdf import report_pdf
from spine_core.report.phrases import phrases
from tests.dicom_objects.making import changed
from tests.dicom_objects.tools import run


def made(found, kind, **changes):
    return make_objects(changed(found, **changes), found.sources, [kind])


def test_a_selection_names_the_slices_of_the_key_images_once(demo):
    report = demo.material.report
    again = slice_image(demo.study, demo.study.series[report.key_images[0].series].uid, 1, note="twice")
    (one,) = made(demo, "keys", report=editing.add_key_image(report, again))
    series = [demo.study.series[image.series] for image in report.key_images]
    expected = [
        of.sop_instance_uids[image.slice_number - 1]
        for of, image in zip(series, report.key_images, strict=True)
    ]
    images = [item for item in one.dataset.ContentSequence if item.ValueType == "IMAGE"]
    assert [str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) for item in images] == expected
    assert one.dataset.ConceptNameCodeSequence[0].CodeValue == "113000"
    assert one.dataset.ContentTemplateSequence[0].TemplateIdentifier == "2010"


def test_dcmtk_shows_the_readers_notes(demo, tmp_path):
    (one,) = made(demo, "keys")
    path = tmp_path / "keys.dcm"
    path.write_bytes(one.to_bytes())
    text = run("dsr2html", path)
    assert "Of Interest" in text
    assert "look here" in text
    assert "Not a diagnosis" in text


def test_a_capture_is_the_key_image_with_its_caption_by_an_independent_reader(demo, tmp_path):
    for one, image in zip(made(demo, "sc"), demo.material.report.key_images, strict=True):
        path = tmp_path / "sc.dcm"
        path.write_bytes(one.to_bytes())
        pixels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0]
        picture = np.asarray(Image.open(io.BytesIO(image.png)).convert("RGB"))
        assert np.array_equal(pixels[: len(picture)], picture)
        below = pixels[len(picture) :]
        assert 60 < len(below) < 300
        assert (below.max(axis=2) > 200).mean() > 0.01, "white letters"


def test_the_colour_bar_is_drawn_between_its_ends(demo):
    with_map = made(demo, "sc")[1].dataset.pixel_array
    without = made(demo, "sc")[0].dataset.pixel_array
    height = len(np.asarray(Image.open(io.BytesIO(demo.material.report.key_images[1].png))))
    assert any(np.ptp(row.astype(int), axis=1).max() > 100 for row in with_map[height:]), "coloured pixels"
    height = len(np.asarray(Image.open(io.BytesIO(demo.material.report.key_images[0].png))))
    assert np.ptp(without[height:].astype(int), axis=2).max() == 0, "grey letters only"


def test_a_note_is_not_burned_in(demo):
    image = demo.material.report.key_images[0]
    words = phrases("en")
    assert image.note
    bare = captioned_picture(replace(image, note=""), words, "notice")
    assert np.array_equal(captioned_picture(image, words, "notice"), bare)
    dataset = made(demo, "sc")[0].dataset
    assert dataset.BurnedInAnnotation == "NO"
    assert "look here" in dataset.ImageComments


def test_a_capture_refers_to_its_slice_and_cannot_be_measured(demo):
    dataset = made(demo, "sc")[1].dataset
    image = demo.material.report.key_images[1]
    uid = demo.study.series[image.series].sop_instance_uids[image.slice_number - 1]
    assert dataset.SourceImageSequence[0].ReferencedSOPInstanceUID == uid
    assert "PixelSpacing" not in dataset
    assert list(dataset.PatientOrientation) == ["P", "F"]


def test_key_images_of_another_study_are_refused(oblique_mr):
    report = oblique_mr.material.report
    (first, *_) = report.key_images
    for wrong in (replace(first, series=7), replace(first, series=None), replace(first, slice_number=90)):
        given = changed(oblique_mr, report=replace(report, key_images=(wrong,)))
        assert unavailable(given) == dict.fromkeys(
            ("keys", "sc"), "a key image of the report is of another study"
        )


@pytest.mark.parametrize("added", ["", "x"])
def test_the_document_is_the_pdf_of_the_report_by_an_independent_reader(demo, added, tmp_path):
    """Of both, an even and an odd length, one is padded."""
    report = editing.add_sentence(demo.material.report, "L4/L5", f"A sentence{added}")
    (one,) = made(demo, "pdf", report=report)
    path, out = tmp_path / "document.dcm", tmp_path / "document.pdf"
    path.write_bytes(one.to_bytes())
    run("dcm2pdf", path, out)
    expected = report_pdf(report)
    assert one.dataset.EncapsulatedDocumentLength == len(expected)
    assert out.read_bytes()[: len(expected)] == expected
    assert out.read_bytes()[len(expected) :] in (b"", b"\0")
    assert one.dataset.MIMETypeOfEncapsulatedDocument == "application/pdf"
