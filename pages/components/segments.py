"""A row of segments, one of which is always chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

Option = TypeVar("Option")


def segments(
    label: str, options: Sequence[Option], *, key: str, first: Option | None = None, **shown: Any
) -> Option:
    """The chosen one of ``options``: ``first``, or the first one, until another is clicked. ``shown``: further
    arguments of ``st.segmented_control``.

    The choice of the session is the widget's default as well. A browser that mounts the row anew (the page was turned,
    a click came while the page was still being drawn) begins with the default: with a fixed one the row would mark the
    first segment while the page shows the chosen one, and the next request would carry the marked one.
    """
    start = options[0] if first is None else first
    known = st.session_state.get(key, start)
    default = known if known in options else start
    chosen = st.segmented_control(label, options, default=default, required=True, key=key, **shown)
    return start if chosen is None else chosen
