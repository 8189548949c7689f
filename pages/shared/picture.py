"""A picture on which the reader points at a place."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.grid import ASSETS

if TYPE_CHECKING:
    from PIL import Image


@st.cache_resource
def _component() -> object:
    return st.components.v2.component(
        "pointed_picture",
        html="<img>",
        css="img { max-width: 100%; max-height: 65vh; cursor: crosshair; display: block; }",
        js=(ASSETS / "components" / "picture.js").read_text(),
    )


def point_on(picture: Image.Image, alt: str, key: str) -> tuple[float, float] | None:
    """Shows ``picture``; the place clicked just now as shares (0 to 1) of height and width, else None."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    source = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    result = _component()(  # type: ignore[operator]
        key=key, data={"src": source, "alt": alt}, on_point_change=lambda: None
    )
    return (result.point[0], result.point[1]) if result.point else None
