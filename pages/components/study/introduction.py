"""What a first visitor can do here, in four steps."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components import glossary

STEPS = (
    (
        "Open a study",
        "Drop a DICOM folder or ZIP, a NIfTI volume, or single images. Nothing leaves this computer.",
    ),
    (
        "Read",
        "Scroll through all series. The grid shows a grade with its uncertainty for every disc and condition; levels "
        "and discs can be corrected.",
    ),
    (
        "Explain",
        "Choose a finding. Grad-CAM, LIME and SHAP each show which parts of the image its grade rests on, side by side "
        "on the same slice.",
    ),
    (
        "Compare",
        "See whether the maps agree, and whether the network does what they say when those parts are masked. Maps that "
        "explain nothing stand beside them as controls.",
    ),
)


def introduction() -> None:
    """The steps as a numbered row, and where the words are explained."""
    items = "".join(f"<li><h2>{escape(head)}</h2><p>{escape(words)}</p></li>" for head, words in STEPS)
    st.html(f'<ol class="sl-steps">{items}</ol>')
    st.caption(f"New words? They are explained in the [glossary]({glossary.PAGE}).")
