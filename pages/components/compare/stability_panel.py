"""Stability and parameter randomisation: expensive, so run on request only."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from pages.components.compare import expensive_tests
from pages.components.compare.tables import property_table
from pages.components.explain.explanation_jobs import ExplanationRequest, Work, repeat_tests_work
from pages.components.session.state import SessionState
from spine_core.comparison.metrics.base import Property
from spine_core.comparison.metrics.randomisation.parameter_randomisation import PARAMETER_RANDOMISATION
from spine_core.comparison.metrics.robustness.stability import STABILITY, Change
from spine_core.comparison.repeat_tests import RUNS, RepeatTests
from spine_core.comparison.verdict import label_of, warnings
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import overlay_on_crop
from spine_core.grading.types import DiscImage


def asked_for(store: SessionState, requests: Sequence[ExplanationRequest]) -> Work | None:
    """The work, where the reader asked for it."""
    return expensive_tests.if_requested(repeat_tests_work(requests, 0, store.study))


def checks(
    store: SessionState, requests: Sequence[ExplanationRequest], maps: Sequence[Explanation]
) -> RepeatTests | None:
    """The button, the progress, or the results, which are returned for the files."""
    st.markdown(
        "**Stability and randomised weights**", help=f"{STABILITY.help}\n\n{PARAMETER_RANDOMISATION.help}"
    )
    found: RepeatTests | None = expensive_tests.outcome(
        store,
        repeat_tests_work(requests, 0, store.study),
        "Stability and randomised weights",
        "Does each map stay under another seed, a little noise, a shift by one pixel and on the neighbouring slice, "
        "and does it go when the network's weights are randomised? " + expensive_tests.price(RUNS, maps),
        "Run these tests",
    )
    if found is None:
        return None
    for sentence in warnings(found):
        st.warning(sentence)
    _table(found)
    _stages(found, maps, requests[0].image)
    return found


def _table(found: RepeatTests) -> None:
    property_table(found.results, Property.STABILITY)
    st.caption(
        "Rank correlation (Spearman) with the original map. Under small changes the map should stay (1). Bold: better "
        "than every control."
    )
    property_table(found.results, Property.RANDOMISATION)
    st.caption(
        "Rank correlation with the original map while the weights are randomised from the last layer down. A map that "
        f"depends on the network falls to its chance level. {found.seconds:.0f} s, seed {found.seed}."
    )
    if not any(one.change is Change.SLICE for one in found.stability):
        st.caption("There is no neighbouring slice to compare with.")


def _depth(depth: float) -> str:
    return "All layers" if depth == 1 else f"Last {depth:.0%}"


def _stages(found: RepeatTests, maps: Sequence[Explanation], image: DiscImage) -> None:
    with st.expander("The maps while the weights are randomised"):
        trained = {one.method: one for one in maps}
        for one in found.randomisation:
            if one.method not in trained:
                continue
            label, first = label_of(one.method), trained[one.method]
            row = [
                ("Trained", first.attribution),
                *((_depth(stage.depth), stage.attribution) for stage in one.stages),
            ]
            st.markdown(f"**{label}**")
            for column, (words, relevance) in zip(st.columns(len(row)), row, strict=True):
                scale = float(abs(relevance).max())
                picture = overlay_on_crop(image.pixels, relevance, scale, signed=first.signed)
                column.image(
                    Image.fromarray(picture), width="stretch", caption=words, alt=f"{label}: {words.lower()}"
                )
