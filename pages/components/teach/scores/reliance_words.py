"""What the reveal did to the answers, and whether errors of the networks were noticed."""

from __future__ import annotations

import streamlit as st

from spine_core.teaching.reliance import Reliance, WrongNetwork


def reliance_words(found: Reliance, wrong: WrongNetwork) -> None:
    """Counts; nothing where no network was seen."""
    if not found.findings:
        st.caption("You have not seen what the networks say of any finding with a reference yet.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**After the reveal** (findings: {found.findings})")
        st.markdown(
            f"- switched to right: **{found.to_right}**\n- switched to wrong: **{found.to_wrong}**\n"
            f"- stayed right: {found.kept_right}\n- stayed wrong: {found.kept_wrong}\n"
            f"- changed and still not right: {found.otherwise}"
        )
    with right:
        st.markdown(f"**Where the networks were wrong** (findings: {wrong.findings})")
        if not wrong.findings:
            st.caption("Their grade was the reference in all findings that you have seen.")
            return
        st.markdown(
            f"- noticed, you were and stayed right: **{wrong.kept_right}**\n"
            f"- noticed, you corrected yourself: **{wrong.corrected}**\n"
            f"- not noticed, you took their grade over: **{wrong.followed}**\n"
            f"- you had the same wrong grade before: {wrong.same}\n"
            f"- another grade that is not right: {wrong.otherwise}"
        )
