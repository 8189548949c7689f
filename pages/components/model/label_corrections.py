"""What the Model page says of labels that were published with the wrong picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

HELP = (
    "The set's T1 boxes are copies of those drawn on T2, also where the patient moved in between, and some files carry "
    "those of the patient before. T1 is measured here with the boxes of the T2 beside it, moved as the picture moved. "
    "The model card counts them."
)


def told_mended(published: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """One line: that the labels of this weighting were mended, and what the finding of ``row`` reached before.

    ``published``: figures on the labels as published, as stored; ``row``: of the same finding, as mended.
    """
    before = [one for one in published["graded"] if one["condition"] == row["condition"]]
    reached = f" With labels as published the area is {before[0]['auroc']:.3f}." if before else ""
    st.caption(
        f"T1's labels are those drawn on T2, brought to the right patient and place.{reached}", help=HELP
    )
