"""Fonts and paragraph styles of the PDF."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

NORMAL, BOLD, ITALIC = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique"
"""Fonts of matplotlib's own data (Bitstream Vera licence, free); reportlab embeds the glyphs that are used."""

SIZE = 8.5
"""Of the text, in points."""


@functools.cache
def register_fonts() -> None:
    """Makes the fonts known to reportlab, once per process."""
    import matplotlib
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (NORMAL, BOLD, ITALIC):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    for bold, italic, name in ((0, 0, NORMAL), (1, 0, BOLD), (0, 1, ITALIC), (1, 1, BOLD)):
        addMapping(NORMAL, bold, italic, name)


@functools.cache
def styles() -> dict[str, Any]:
    """Paragraph styles by name."""
    from reportlab.lib import colors
    from reportlab.lib.styles import ParagraphStyle

    register_fonts()
    text = ParagraphStyle("text", fontName=NORMAL, fontSize=SIZE, leading=1.35 * SIZE, spaceAfter=2)
    grey = colors.HexColor("#444444")

    def like(name: str, **changed: Any) -> Any:
        return ParagraphStyle(name, parent=text, **changed)

    return {
        "text": text,
        "title": like("title", fontName=BOLD, fontSize=15, leading=19, spaceAfter=4),
        "heading": like("heading", fontName=BOLD, fontSize=11, leading=14, spaceBefore=10, spaceAfter=3,
                        keepWithNext=1),
        "level": like("level", fontName=BOLD, fontSize=9.5, leading=13, spaceBefore=6, spaceAfter=2,
                      keepWithNext=1),
        "status": like("status", fontName=BOLD),
        "note": like("note", borderColor=colors.HexColor("#b36b00"), borderWidth=0.7, borderPadding=4, spaceBefore=6,
                     spaceAfter=8),
        "mark": like("mark", fontName=BOLD, fontSize=SIZE - 1, alignment=1),
        "small": like("small", fontSize=SIZE - 1.5, leading=1.3 * (SIZE - 1.5), textColor=grey, spaceBefore=3),
        "subheading": like("subheading", fontName=BOLD, fontSize=SIZE - 1, leading=10, spaceBefore=4, keepWithNext=1),
    }  # fmt: skip
