"""A report as PDF: selectable text, embedded fonts, key images, page numbers. Made by reportlab; it is not PDF/A."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from spine_core.progress import Progress, silent
from spine_core.report.pdf_pages import MARGIN, PADDING, numbered_canvas
from spine_core.report.pdf_styles import NORMAL, styles
from spine_core.report.types import Report
from spine_core.report.view import View, view

LEAST_OF_APPENDIX = 120
"""Points that are left on a page on which the appendix may begin."""
MARK_WIDTH = 30
"""Of the column of the authors' marks, in points."""

IMAGE_WIDTH, IMAGE_HEIGHT = 235, 330
"""Largest size of a key image, in points: two stand next to each other."""


FONT = ("FONTNAME", (0, 0), (-1, -1), NORMAL)
"""Of tables: by default they name Helvetica, which is not embedded, though no cell is written in it."""


def report_pdf(report: Report, progress: Progress = silent) -> bytes:
    """The report as PDF on A4. Equal reports give equal bytes. Raises ``Cancelled`` when ``progress`` does."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    progress(0.0, "writing the PDF")
    seen = view(report)
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN + 25,
        title=seen["title"], author="SpineLens", subject=seen["disclaimer"], lang=report.language, invariant=1,
    )  # fmt: skip
    width = document.width - 2 * PADDING
    story = [*_head(seen), *_findings(seen, width), *_images(seen, progress), *_methods(seen)]
    document.build(story, canvasmaker=numbered_canvas(seen, report.language))
    progress(1.0, "writing the PDF")
    return out.getvalue()


def _paragraph(text: str, style: str = "text") -> Any:
    """A paragraph of plain text: reportlab reads markup, so that all that looks like it is escaped."""
    from reportlab.platypus import Paragraph

    return Paragraph(escape(text).replace("\n", "<br/>"), styles()[style])


def _head(seen: View) -> Iterator[Any]:
    yield _paragraph(seen["title"], "title")
    for one in seen["status"]:
        yield _paragraph(one, "status")
    yield _paragraph(" ".join(one for one in (seen["disclaimer"], seen["synthetic"]) if one), "note")
    for name, value in seen["facts"]:
        yield _paragraph(f"{name}: {value}")


def _findings(seen: View, width: float) -> Iterator[Any]:
    words = seen["words"]
    if seen["structured"]:
        yield _paragraph(words["findings"], "heading")
        if seen["general"]:
            yield from _table(words["general"], seen["general"], words, width)
        for one in seen["levels"]:
            yield from _table(one["level"], one["sentences"], words, width)
    else:
        yield _paragraph(words["free_text"], "heading")
        yield _paragraph(seen["free_text"])
    for name in ("impression", "not_assessed"):
        yield from _table(words[name], seen[name], words, width, style="heading")
    yield _paragraph(seen["legend"], "small")


def _table(
    heading: str, sentences: Sequence[View], words: View, width: float, style: str = "level"
) -> Iterator[Any]:
    """A heading, and a table of the authors' marks and the sentences."""
    from reportlab.lib import colors
    from reportlab.platypus import Table, TableStyle

    yield _paragraph(heading, style)
    if not sentences:
        yield _paragraph(words["nothing"])
        return
    rows = [[_paragraph(one["mark"], "mark"), _sentence(one)] for one in sentences]
    looks = [
        FONT,
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.HexColor("#bbbbbb")),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    yield Table(rows, colWidths=[MARK_WIDTH, width - MARK_WIDTH], style=TableStyle(looks))


def _sentence(one: View) -> list[Any]:
    return [_paragraph(one["text"]), *([_paragraph(one["origin"], "small")] if one["origin"] else [])]


def _images(seen: View, progress: Progress) -> Iterator[Any]:
    """Two key images to a row, each with its colour bar and the words that it is no finding."""
    from reportlab.platypus import Table, TableStyle

    if not seen["images"]:
        return
    yield _paragraph(seen["words"]["key_images"], "heading")
    cells = []
    for number, one in enumerate(seen["images"]):
        progress(0.8 * number / len(seen["images"]), "drawing the key images")
        cells.append(_image(one))
    rows = [
        [*cells[start : start + 2], *[[]] * (len(cells) - start == 1)] for start in range(0, len(cells), 2)
    ]
    looks = TableStyle([FONT, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 10)])
    for row in rows:
        yield Table([row], colWidths=[IMAGE_WIDTH + 15] * 2, style=looks)


def _image(one: View) -> list[Any]:
    from reportlab.platypus import Image, Table

    picture = Image(io.BytesIO(one["png"]))
    factor = min(IMAGE_WIDTH / picture.imageWidth, IMAGE_HEIGHT / picture.imageHeight)
    picture.drawWidth, picture.drawHeight = picture.imageWidth * factor, picture.imageHeight * factor
    picture.hAlign = "LEFT"
    parts: list[Any] = [picture]
    if one["bar"]:
        bar = Image(io.BytesIO(one["bar"]), width=IMAGE_WIDTH - 80, height=7)
        ends = [_paragraph(one["low"], "mark"), bar, _paragraph(one["high"], "mark")]
        middle = [FONT, ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        parts.append(Table([ends], colWidths=[40, IMAGE_WIDTH - 80, 40], style=middle))
    if one["warning"]:
        parts.append(_paragraph(one["warning"], "status"))
    return [*parts, _paragraph(" ".join([one["caption"], *one["lines"]]), "small")]


def _methods(seen: View) -> Iterator[Any]:
    from reportlab.platypus import CondPageBreak

    # A heading stays with the lines below it.
    yield CondPageBreak(LEAST_OF_APPENDIX)
    yield _paragraph(seen["words"]["methods"], "heading")
    for heading, lines in seen["methods"]:
        yield _paragraph(heading, "subheading")
        yield from (_paragraph(one, "small") for one in lines)
