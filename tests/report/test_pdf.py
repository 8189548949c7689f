from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from spine_core.progress import Cancelled
from spine_core.report import approval, editing
from spine_core.report.draft import draft
from spine_core.report.key_images import slice_image
from spine_core.report.pdf import report_pdf
from spine_core.report.pdf_pages import fitted
from spine_core.report.pdf_styles import register_fonts
from spine_core.report.types import IMPRESSION
from tests.conftest import NO_POPPLER
from tests.report import making
from tests.report.making import STUDY

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason=NO_POPPLER)
HOSTILE = '<b>bold</b> &amp; <para> <img src="/etc/passwd"/> ≥ 3 mm'


@pytest.fixture
def report():
    return draft(STUDY, making.demo(), language="de")


def run(tool, pdf, tmp_path, *options) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf)
    out = ("-",) if tool == "pdftotext" else ()
    return subprocess.run([tool, *options, path, *out], check=True, capture_output=True, text=True).stdout


@poppler
def test_every_sentence_can_be_selected(report, tmp_path):
    text = "".join(run("pdftotext", report_pdf(report), tmp_path, "-layout").split())
    for section in report.sections:
        for one in section.sentences:
            first = one.text.split(".")[0].split("(")[0]
            assert all(word in text for word in first.split())
    assert "ENTWURF,nichtfreigegeben." in text
    assert text.count("KeineDiagnose") >= 2
    assert "Seite1von2" in text


@poppler
def test_text_of_the_reader_is_no_markup(report, tmp_path):
    pdf = report_pdf(editing.add_sentence(report, IMPRESSION, HOSTILE))
    assert HOSTILE in " ".join(run("pdftotext", pdf, tmp_path).split())


@poppler
def test_all_fonts_are_embedded_with_their_unicode(report, tmp_path):
    rows = run("pdffonts", report_pdf(report), tmp_path).splitlines()[2:]
    fonts = [(row.split()[0].partition("+")[2], *row.split()[-5:-2]) for row in rows]
    assert {name for name, *_ in fonts} == {"DejaVuSans", "DejaVuSans-Bold"}
    assert all(flags == ["yes", "yes", "yes"] for _, *flags in fonts)


@poppler
def test_key_images_are_in_it_and_the_appendix_names_state_and_hash(report, tmp_path):
    image = slice_image(STUDY, "t2", 2, level="L4/L5", note="Mitte")
    approved = approval.approve(
        editing.add_key_image(report, image), "Dr. Ärztin", datetime(2026, 11, 30, tzinfo=UTC)
    )
    pdf = report_pdf(approved)
    assert "image" in run("pdfimages", pdf, tmp_path, "-list")
    text = " ".join(run("pdftotext", pdf, tmp_path).split())
    assert "Freigegeben von Dr. Ärztin, 2026-11-30 00:00 UTC." in text
    assert "L4/L5, T2, Schicht 3 von 5. Mitte" in text
    assert "e" * 64 in text


def test_equal_reports_give_equal_bytes(report):
    assert report_pdf(report) == report_pdf(report)
    assert report_pdf(report).startswith(b"%PDF-")


def test_writing_can_be_cancelled(report):
    def cancelled(done, what=""):
        raise Cancelled

    with pytest.raises(Cancelled):
        report_pdf(report, cancelled)


def test_a_long_report_goes_over_pages(report):
    for number in range(120):
        report = editing.add_sentence(report, IMPRESSION, f"Satz {number} " + "sehr lang " * 30)
    report = editing.set_free_text(report, "Ein Absatz.\n" * 300)
    assert report_pdf(report).count(b"/Type /Page\n") > 5


def test_an_unusual_picture_fits_the_page(report, tmp_path):
    out = BytesIO()
    Image.fromarray(np.zeros((3000, 40, 3), np.uint8)).save(out, "PNG")
    image = replace(slice_image(STUDY, "t2", 0), png=out.getvalue())
    assert report_pdf(editing.add_key_image(report, image))


def test_a_line_of_the_footer_is_cut_where_the_page_ends():
    register_fonts()
    assert fitted("short", 100) == "short"
    cut = fitted("very long " * 50, 100)
    assert cut.endswith("…")
    assert len(cut) < 40
