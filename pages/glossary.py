"""What the technical words mean."""

from __future__ import annotations

import streamlit as st

from pages.components.glossary import anchor, sections

st.title("Glossary")
found = st.text_input(
    "Find a term", key="glossary-term", placeholder="log-odds, faithfulness, Modic …"
).lower()
for section, terms in sections().items():
    shown = {term: words for term, words in terms.items() if found in term.lower() or found in words.lower()}
    if not shown:
        continue
    st.header(section, anchor=f"section-{anchor(section)}")
    for term, words in shown.items():
        st.subheader(term, anchor=anchor(term))
        st.markdown(words)
