"""Changes of the image: expensive, so only on request."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.compare import expensive_tests
from pages.components.compare.tables import wide
from pages.components.explain.explanation_jobs import ExplanationRequest, Work, robustness_work
from pages.components.read.grid import grade_words
from pages.components.session.state import SessionState
from spine_core.comparison.metrics.robustness.robustness import (
    MAP_ROBUSTNESS,
    RUNS,
    AttributionShift,
    Prediction,
    Robustness,
)
from spine_core.comparison.verdict import label_of, shift_warnings
from spine_core.explanation.base import Explanation
from spine_core.networks.conditions import BY_NAME as BY_CONDITION


def asked_for(requests: Sequence[ExplanationRequest]) -> Work | None:
    """The work, where the reader asked for it."""
    return expensive_tests.if_requested(robustness_work(requests, 0))


def alterations(
    store: SessionState, requests: Sequence[ExplanationRequest], maps: Sequence[Explanation]
) -> Robustness | None:
    """The button, the progress, or the results, which are returned for the files."""
    st.markdown("**Changes of the image**", help=MAP_ROBUSTNESS.help)
    found: Robustness | None = expensive_tests.outcome(
        store,
        robustness_work(requests, 0),
        "Changing the image",
        "Do prediction and map stay when noise is removed or added, brightness is uneven, contrast differs, the "
        "patient moves, or every pixel takes a step too small to be seen, at random or adversarially? "
        + expensive_tests.price(RUNS, maps),
        "Run tests with changed images",
    )
    if found is None:
        return None
    for sentence in shift_warnings(found):
        st.warning(sentence)
    _table(found, requests[0].target.condition)
    return found


def _table(found: Robustness, condition: str) -> None:
    """One column per change: the answer on top, every map below it, the controls last."""
    tip = escape(MAP_ROBUSTNESS.help)
    head = "".join(
        f'<th scope="col" title="{tip}">{escape(one.kind.heading)} ↑</th>' for one in found.prediction_shifts
    )
    answers = "".join(_said(one.prediction, found.prediction, condition) for one in found.prediction_shifts)
    rows = [f'<tr><th scope="row">Prediction{_small(_words(found.prediction, condition))}</th>{answers}</tr>']
    moved = {(one.method, one.kind): one for one in found.attribution_shifts}
    for method in dict.fromkeys(one.method for one in found.attribution_shifts):
        cells = [moved[method, one.kind] for one in found.prediction_shifts]
        control = method in found.controls
        chance = "empty map" if cells[0].chance is None else f"chance up to {cells[0].chance:.2f}"
        rows.append(
            f'<tr{" class=foot" if control else ""}><th scope="row">{"Control: " if control else ""}'
            f"{escape(label_of(method))}{_small(chance)}</th>{''.join(_cell(one) for one in cells)}</tr>"
        )
    wide(head, rows)
    st.caption(
        "Top row: probability of the target and the most probable grade; bold where the grade changed. Below: rank "
        "correlation (Spearman) with the map of the unchanged image; bold where the grade stayed and the map is no "
        "more similar to the original than random patches are. The three steps move every pixel by at most a hundredth "
        f"of the intensity range. {found.seconds:.0f} s, seed {found.seed}."
    )


def _words(answer: Prediction, condition: str) -> str:
    return f"{answer.probability:.0%}, {grade_words(BY_CONDITION[condition], answer.grade)}"


def _said(answer: Prediction, before: Prediction, condition: str) -> str:
    words = escape(_words(answer, condition))
    return f"<td>{words}</td>" if answer.grade == before.grade else f"<td><b>{words}</b></td>"


def _cell(one: AttributionShift) -> str:
    words = "gone" if one.similarity is None else f"{one.similarity:.2f}"
    if one.chance is None:
        return "<td>empty</td>"
    return f"<td><b>{words}</b>{_small('different map')}</td>" if one.flagged else f"<td>{words}</td>"


def _small(words: str) -> str:
    return f"<small>{escape(words)}</small>"
