"""The note on the Model page about Sudirman's corrected T1 labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

HELP = (
    "The T1 boxes of this dataset are copies of the T2 boxes, even where the patient moved in between, and some files "
    "carry the boxes of another patient. T1 is evaluated with the T2 boxes of the same examination, shifted by the "
    "motion between the images. The model card gives the numbers."
)


def corrected_labels_note(original: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """States that the labels of this weighting were corrected, and the AUROC on the original ones.

    ``original``: figures on the original labels, as stored; ``row``: figures of one task on the corrected labels.
    """
    before = [one for one in original["grading"] if one["condition"] == row["condition"]]
    note = f" On the original labels, the AUROC is {before[0]['auroc']:.3f}." if before else ""
    st.caption(f"T1 is evaluated with corrected labels.{note}", help=HELP)
