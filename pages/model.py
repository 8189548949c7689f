"""What the networks are, what they were trained on, how well they do, and what they must not be used for."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "weights"

card = WEIGHTS / "MODEL_CARD.md"
if card.is_file():
    with st.container(width=900):
        st.markdown(card.read_text())
else:
    st.info("The model card is missing from this installation.")

for path in sorted(WEIGHTS.glob("*.json")):
    facts = json.loads(path.read_text())
    with st.expander(
        f"{facts['name']} {facts['version']}: contract, hash and figures as stored with the weights"
    ):
        st.json(facts, expanded=1)
