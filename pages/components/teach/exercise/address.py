"""The page's address: which set and which case of it. Neither says anything of a patient."""

from __future__ import annotations

import streamlit as st

SET, CASE = "set", "case"
"""Parts of the address: the id of a set, and the number of a case in it, from 1."""


def asked_set() -> str:
    """The set of the address; empty where it names none."""
    return st.query_params.get(SET, "")


def asked_place() -> int | None:
    """The place of the case of the address, which may not exist; None where it names none."""
    number = st.query_params.get(CASE, "")
    return int(number) - 1 if number.isdecimal() else None


def go_to(set_id: str = "", place: int | None = None) -> None:
    """Writes the address; without a set, that of the list of sets."""
    wanted = {SET: set_id} if set_id else {}
    if place is not None:
        wanted[CASE] = str(place + 1)
    others = {name: value for name, value in st.query_params.items() if name not in (SET, CASE)}
    st.query_params.from_dict({**others, **wanted})
