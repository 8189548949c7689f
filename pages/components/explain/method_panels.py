"""The panels of the Explain page."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from pages.components import glossary
from pages.components.explain.explanation_jobs import ExplanationRequest
from pages.components.explain.unfinished import unfinished
from pages.components.session.state import SessionState
from spine_core.explanation.base import AttributionMethod, Explanation, MethodDiagnostic
from spine_core.explanation.perturbation.baselines import BASELINES, METHOD_BASELINES
from spine_core.explanation.perturbation.convergence import STOPS
from spine_core.explanation.registry import REGISTRY
from spine_core.explanation.relevance_outside import relevance_outside_words
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target

SETTING_NAMES = {
    "samples": "Model evaluations, at most",
    "stop": "Sampling ends",
    "gradients": "Gradients, at most",
    "patch": "Side of the patch, as a fraction of the image",
    "max_evals": "Model evaluations",
    "superpixels": "Superpixels, about",
    "compactness": "Compactness of superpixels",
    "cells": "Finest grid per side",
    "baseline": "Baseline: what replaces masked parts",
}

CHOICES: dict[str, dict[str, str]] = {
    "baseline": {name: BASELINES[name].description for name in METHOD_BASELINES},
    "stop": STOPS,
}
"""Settings that are chosen from a list, and what each choice means."""


def original_panel(target: Target) -> None:
    """The target that all maps explain."""
    st.markdown("### Original")
    st.markdown(f"**Target: {target.label()}**")
    st.caption(
        f"All methods explain the same number: the {glossary.link('Log-odds', 'log-odds')} of this "
        f"{glossary.link('Target', 'target')} at this disc. The networks see only the area inside the dotted line "
        f"(the {glossary.link('Crop', 'crop')})."
    )


def method_panel(store: SessionState, task: ExplanationRequest, found: Explanation | None) -> None:
    """One method: its diagnostics where its map is there, its progress before."""
    method = REGISTRY[task.method]
    st.markdown(f"### {method.label}", help=facts(method))
    if found is not None:
        _said(found, task.image, method)
    else:
        unfinished(store, task.key, store.jobs.get(task.key), method.label, task.method)
    st.caption(f"{method.shows} {method.limits}")
    _settings(method)


def facts(method: AttributionMethod) -> str:
    """What a method's map is, for the help beside its name."""
    sign = "for and against the target" if method.signed else "for the target only"
    return (
        f"**{method.family.value}**\n\nShows: {method.shows}\n\nDoes not show: {method.limits}\n\n"
        f"Resolution: {method.resolution}\n\nRelevance: {sign}.\n\n{method.paper} "
        f"{glossary.link(method.label, 'Glossary')}"
    )


def _settings(method: AttributionMethod) -> None:
    with st.popover("Settings", icon=":material/tune:"):
        for name, default in method.defaults().items():
            label, key = SETTING_NAMES.get(name, name), f"{method.name}-{name}"
            if name in CHOICES:
                words = CHOICES[name]
                first = list(words).index(str(default))
                st.selectbox(
                    label, list(words), first, format_func=words.get, key=key, persist_state="session"
                )
            elif isinstance(default, int):
                st.number_input(label, 4, 5000, default, 1, key=key, persist_state="session")
            else:
                st.number_input(label, 0.001, 100.0, default, key=key, persist_state="session")
        st.number_input("Seed", 0, 2**31 - 1, 0, 1, key=f"{method.name}-seed", persist_state="session")
        st.caption(f"Equal seeds give equal maps. {method.paper}")
        if st.button("Apply", key=f"use-{method.name}"):
            st.rerun(scope="app")


def _said(explanation: Explanation, image: DiscImage, method: AttributionMethod) -> None:
    if explanation.is_empty:
        st.warning(f"{method.label} found no evidence for this target; the map is empty.")
    if explanation.segment_names and not explanation.is_empty:
        st.html(structure_bars(explanation))
        st.caption(
            "Log-odds that each structure adds (right) or subtracts (left), ± standard deviation over resamples."
        )
    score = explanation.diagnostic
    st.markdown(f"**{diagnostic_words(score)}**")
    st.caption(score.caption)
    rows, columns = explanation.native_shape
    count = explanation.model_evaluations
    evaluations = "model evaluation" if count == 1 else "model evaluations"
    st.caption(
        f"{rows} × {columns} {glossary.link('Native cells', 'native cells')} · {explanation.seconds:.1f} s · "
        f"{count} {glossary.link('Model evaluations', evaluations)} · "
        f"{glossary.link('Seed', 'seed')} {explanation.seed} · {explanation.backend}"
    )
    if outside := relevance_outside_words(explanation, image):
        st.caption(f":material/report: {outside}.")
    for note in explanation.notes:
        st.caption(note)


def diagnostic_words(diagnostic: MethodDiagnostic) -> str:
    """The diagnostic's name and value, or that there is none."""
    if diagnostic.value is None:
        return f"No value: {diagnostic.name}" if diagnostic.name else "No quality score for this method"
    return f"{diagnostic.name[0].upper()}{diagnostic.name[1:]}: {diagnostic.value:.2f} {diagnostic.unit}".rstrip()


def structure_bars(explanation: Explanation) -> str:
    """What each named structure adds or takes, the strongest first, as a list of bars."""
    values, deviations = explanation.extra["weights"], explanation.extra["deviations"]
    largest = float(np.abs(values).max())
    rows = []
    for number in np.argsort(-np.abs(values)):
        value, deviation = float(values[number]), float(deviations[number])
        width = 50 * abs(value) / largest
        start = 50.0 if value > 0 else 50 - width
        side = "for" if value > 0 else "against"
        rows.append(
            f"<dt>{escape(explanation.segment_names[number])}</dt>"
            f'<dd><span class="bar"><i class="{side}" style="left:{start:.1f}%;width:{width:.1f}%"></i></span>'
            f'<span class="number">{value:+.2f} ± {deviation:.2f}</span></dd>'
        )
    return f'<dl class="sl-bars">{"".join(rows)}</dl>'
