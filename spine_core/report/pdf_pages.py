"""What stands on every page of the PDF: state, disclaimer, version and hash, page number."""

from __future__ import annotations

from typing import Any

from spine_core.report.pdf_styles import NORMAL, SIZE
from spine_core.report.phrases import phrases
from spine_core.report.view import View

MARGIN = 45
"""Of the page, in points."""

PADDING = 6
"""Of reportlab's frame around the text, in points."""


def numbered_canvas(seen: View, language: str) -> type:
    """A canvas that writes the footer once the number of pages is known."""
    from reportlab.pdfgen.canvas import Canvas

    words = phrases(language)

    class NumberedCanvas(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            # Otherwise every page names Helvetica, which is not embedded.
            super().__init__(*args, **{**kwargs, "initialFontName": NORMAL})
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self._foot(words("document.page", number=number, count=len(self._pages)))
                super().showPage()
            super().save()

        def _foot(self, number: str) -> None:
            width = self._pagesize[0]
            self.setFont(NORMAL, SIZE - 2)
            lines = (seen["status"][0], seen["disclaimer"], seen["footer"])
            for row, line in enumerate(lines):
                self.drawString(
                    MARGIN + PADDING, MARGIN + 8 - 10 * row, fitted(line, width - 2 * MARGIN - 60)
                )
            self.drawRightString(width - MARGIN - PADDING, MARGIN - 12, number)

    return NumberedCanvas


def fitted(line: str, width: float) -> str:
    """The line, cut where it is wider than ``width`` points in the footer's font."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    if stringWidth(line, NORMAL, SIZE - 2) <= width:
        return line
    while line and stringWidth(f"{line}…", NORMAL, SIZE - 2) > width:
        line = line[:-1]
    return f"{line}…"
