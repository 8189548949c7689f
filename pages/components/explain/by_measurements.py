"""The kind of explanation "Measurements": what a radiologist would measure, and whether it leads to the same grade."""

from __future__ import annotations

import json
from contextlib import suppress
from html import escape

import streamlit as st

from pages.components import glossary
from pages.components.downloads import table_downloads
from pages.components.explain.signed_bars import Bar, alternative_text, signed_bars
from pages.components.networks.readings import reading_by
from pages.components.session.state import SessionState
from pages.components.viewer.linked_viewer import ask_graded_network
from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.explanation.concepts import measurement_model
from spine_core.explanation.concepts.agreement import Agreement
from spine_core.explanation.concepts.explain import Answer, Contribution, MeasurementExplanation
from spine_core.explanation.concepts.export import measurements_csv, measurements_json
from spine_core.explanation.concepts.of_reading import finding_by_measurements
from spine_core.explanation.concepts.words import AGREEMENT, number, sentence, step_words, why_not
from spine_core.grading.types import DiscImage
from spine_core.networks.display_names import network_label
from spine_core.networks.target import Target
from spine_core.results.measurement_figures import measurement_figures
from spine_core.study.types import Study
from spine_core.weights import WeightsError

LIMITS = (
    "These bars do not show what the network looked at. They show what an ordinal regression makes of the level and of "
    "five measurements on the segmented outlines: each bar is the coefficient times the distance from the median "
    "of the level, and together they make the log-odds. Whiskers: error of the outlines, against outlines drawn by "
    "people. Grey: the direction is open, or nothing was measured. Research and teaching use."
)


def show_measurements(store: SessionState, study: Study, image: DiscImage, target: Target) -> None:
    """Contributions of the measurements to the target's log-odds, beside the network's grade."""
    network, image, target = ask_graded_network(store, image, target)
    try:
        found = explained(store, study, network, image.level, target)
    except WeightsError:
        st.error("The stored model of measurements was changed and is not used.", icon=":material/error:")
        return
    if found is None:
        st.info("There is no model of measurements for this finding.")
        return
    if found.answer is not Answer.EXPLAINED:
        st.info(why_not(found), icon=":material/straighten:")
    else:
        _verdict(found, network)
        _reasons(found)
    _performance(target)
    table_downloads(
        "spinelens-measurements", lambda: measurements_csv(found, study), "One line per term of the log-odds.",
        lambda: json.dumps(measurements_json(found, study), indent=2), "Everything, with the hash of the model.",
    )  # fmt: skip


def explained(
    store: SessionState, study: Study, network: str, level: str, target: Target
) -> MeasurementExplanation | None:
    """What the measurements say of a target, beside ``network``; None where there is no such finding, or no model.

    Raises ``WeightsError`` where the stored model was changed.
    """
    reading, model = reading_by(store, network), measurement_model.load()
    finding = None if reading is None else reading.finding(level, target.condition)
    if reading is None or finding is None or model is None:
        return None
    reported = finding.member_probabilities.get(network, finding.probabilities)
    return finding_by_measurements(model, study, reading, level, target, reported)


def agreement_line(store: SessionState, study: Study, network: str, level: str, target: Target) -> None:
    """One line: whether the measurements lead to the network's grade; nothing where they have no answer."""
    with suppress(WeightsError):
        found = explained(store, study, network, level, target)
        if found is not None and found.answer is Answer.EXPLAINED:
            st.caption(
                f":material/straighten: {AGREEMENT[found.agreement]} Explain, Measurements, shows why."
            )


def _verdict(found: MeasurementExplanation, network: str) -> None:
    low, high = found.probability_range
    spread = f" ({low:.0%} to {high:.0%} within the error of the outlines)" if found.margin else ""
    step = step_words(found)
    reported = (
        ""
        if found.network_probability is None
        else f"; {network_label(network)}: {found.network_probability:.0%}"
    )
    text = f"**{step[0].upper()}{step[1:]}** by the measurements: {found.probability:.0%}{spread}{reported}."
    said = f"{AGREEMENT[found.agreement]} {text}"
    if found.agreement is Agreement.CONFLICTS:
        st.warning(said, icon=":material/warning:")
    else:
        icon = "check" if found.agreement is Agreement.AGREES else "help"
        st.markdown(f":material/{icon}: {said}")
    if found.step is not None and found.step.coarser:
        st.caption("Measurements say nothing about the type: they explain whether there is any change.")
    if found.edited:
        st.caption(
            "A reader edited the outlines of this disc: the error of the segmentation does not hold for them."
        )


def _reasons(found: MeasurementExplanation) -> None:
    bars = _bars(found)
    step = step_words(found)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        figure = signed_bars(bars, f"Log-odds: against (left) and for (right) {step}")
        what = f"Contributions to the log-odds of {step} at {found.level}"
        st.plotly_chart(figure, width="stretch", key="by-measurements", alt=alternative_text(what, bars))
    with right:
        lines = "".join(f"<li>{escape(sentence(one, found))}</li>" for one in found.by_size)
        st.html(f'<ul class="sl-reasons">{lines}</ul>')
    start = found.baseline + found.level_log_odds
    st.caption(
        f"Typical disc at {found.level}: {start:+.2f}; with these measurements: {found.log_odds:+.2f} "
        f"({glossary.link('Log-odds')}). {LIMITS}"
    )


def _bars(found: MeasurementExplanation) -> list[Bar]:
    level = Bar(
        f"Level {found.level}", found.level_log_odds, hover=f"The level itself: {found.level_log_odds:+.2f}"
    )
    return [level, *(_bar(one, found) for one in found.contributions)]


def _bar(one: Contribution, found: MeasurementExplanation) -> Bar:
    label = f"{one.concept.label}<br>{number(one)}"
    return Bar(label, one.log_odds, one.margin, one.says_nothing or one.value is None, sentence(one, found))


def _performance(target: Target) -> None:
    rows = measurement_figures(target.condition)
    if not rows:
        return
    with st.expander(f"How well do measurements alone tell {target.definition.label}?"):
        st.markdown(
            "| dataset | weighting | patients | discs | AUROC by measurements | by the level | by the networks |\n"
            "|---|---|---|---|---|---|---|\n"
            + "\n".join(
                f"| {DATASET_LABELS[one.source]} | {one.sequence.upper()} | {one.patients} | {one.discs} | "
                f"{one.auroc:.2f} ({one.low:.2f}-{one.high:.2f}) | {one.level:.2f} | {one.ensemble:.2f} |"
                for one in rows
            )
        )
        st.caption(
            f"{rows[0].patients_of.capitalize()}, 95 % intervals over patients. The page Model has all figures, and "
            "the error of every measurement."
        )
