"""The primer: a step with its text, something to try, and a question."""

from __future__ import annotations

import streamlit as st

from pages.components.segments import segments
from pages.components.teach.primer.tries import TRIES
from spine_core.teaching.primer.material import material
from spine_core.teaching.primer.steps import STEPS, PrimerStep


def primer() -> None:
    """One of the six steps."""
    st.caption("Six steps on a computed phantom that was given a herniated disc. No person is shown.")
    numbers = list(range(len(STEPS)))
    number = segments(
        "Step", numbers, key="primer-step", persist_state="session",
        format_func=lambda one: f"{one + 1}. {STEPS[one].title}", label_visibility="collapsed",
    )  # fmt: skip
    step = STEPS[number]
    st.markdown(f"#### {step.title}")
    st.markdown(step.text)
    with st.container(border=True):
        st.markdown(f"**Try it.** {step.task}")
        TRIES[step.name](material())
    _question(step)


def _question(step: PrimerStep) -> None:
    st.markdown(f"**{step.question}**")
    chosen = st.radio(
        step.question, range(len(step.options)), index=None, key=f"primer-answer-{step.name}",
        format_func=lambda one: step.options[one], label_visibility="collapsed",
    )  # fmt: skip
    if chosen is None:
        return
    if chosen == step.answer:
        st.success(f"Right. {step.explanation}", icon=":material/check:")
    else:
        st.info(f"Not quite: “{step.options[step.answer]}”. {step.explanation}", icon=":material/lightbulb:")
