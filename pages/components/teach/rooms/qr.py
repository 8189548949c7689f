"""QR codes of addresses, as SVG."""

from __future__ import annotations

from functools import lru_cache

import segno


@lru_cache(maxsize=32)
def qr_svg(address: str) -> str:
    """A ``data:`` address of an SVG image: black on white with its quiet zone, as scanners want it on any theme."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(dark="#000", light="#fff", border=3))
