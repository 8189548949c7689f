"""Key images of the report: a finding with a map, or the slices that the reader marked in the viewer."""

from __future__ import annotations

import hashlib
from html import escape

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.explain.explanation_jobs import ExplanationRequest, requested, unavailable_methods
from pages.components.job_progress import watch
from pages.components.networks.readings import network_names
from pages.components.report.report_work import ReportWork
from pages.components.session.state import SessionState
from spine_core.comparison.types import Comparison
from spine_core.explanation.base import Explanation, MethodFamily
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import Finding
from spine_core.jobs import Busy, Lane, State, submit
from spine_core.networks.conditions import Scale
from spine_core.networks.target import Target
from spine_core.progress import Progress
from spine_core.report.editing import add_key_image, remove_key_image
from spine_core.report.key_images import map_image, slice_image
from spine_core.report.map_words import image_view
from spine_core.report.phrases import phrases
from spine_core.report.types import KeyImage

JOB = "report-map-"
"""What the keys of the jobs begin with."""


def key_images(store: SessionState, work: ReportWork) -> None:
    """Those that are there, and how to add one. Needs ``take_over``, earlier in the run."""
    making = [job for key, job in store.jobs.items() if key.startswith(JOB)]
    watch({f"Making map {number}": job for number, job in enumerate(making, start=1)}, "report-map")
    for number, one in enumerate(work.report.key_images):
        seen = image_view(one, phrases(work.report.language))
        st.image(one.png, width=260, alt=seen["caption"])
        if one.bar:
            st.image(one.bar, width=260, alt=f"Colour scale from {seen['low']} to {seen['high']}")
            st.caption(f"{seen['low']} to {seen['high']}")
        text = escape(" ".join([seen["caption"], *seen["lines"]]))
        st.html(f'<p class="sl-card"><b>{escape(seen["warning"])}</b> {text}</p>')
        if not work.approved:
            st.button(
                "Remove this image", key=f"report-image-{number}", on_click=_remove, args=(work, number),
                icon=":material/delete:", type="tertiary",
            )  # fmt: skip
    if work.approved:
        return
    _ask_map(store, work)
    if store.key_images:
        count = len(store.key_images)
        st.button(
            f"Add {count} key image{'s' if count > 1 else ''} of the viewer", key="report-viewer-images",
            on_click=_add_marked, args=(store, work), icon=":material/add_photo_alternate:",
        )  # fmt: skip


def take_over(store: SessionState, work: ReportWork) -> None:
    """Adds the images whose job is done. It comes first on the page, so that all parts show the same report."""
    for key, job in store.jobs.items():
        if not key.startswith(JOB):
            continue
        if not job.over:
            continue
        store.jobs.forget(key)
        if job.state is State.DONE:
            image, explanation = job.result
            work.explanations.append(explanation)
            work.change(lambda report, image=image: add_key_image(report, image))
        elif job.error is not None:
            st.toast("The map could not be made.", icon=":material/error:")


def _ask_map(store: SessionState, work: ReportWork) -> None:
    assert store.reading is not None
    graded = {f"{one.level} · {one.definition.label}": one for one in store.reading.findings if one.grade}
    if not graded or store.finding is None:
        return
    own = next((name for name, one in graded.items() if one is store.finding), next(iter(graded)))
    methods = _methods(store)
    with st.container(border=True):
        st.selectbox("Finding", list(graded), index=list(graded).index(own), key="report-finding")
        st.selectbox("Method", methods, key="report-method", format_func=lambda name: REGISTRY[name].label)
        st.slider("Opacity of the map", 0.1, 1.0, 0.6, 0.1, key="report-opacity")
        st.button(
            "Add the map", key="report-add-map", on_click=_start, args=(store, graded),
            icon=":material/add_photo_alternate:", help="An explanation, not a finding: the report says so.",
        )  # fmt: skip


def _methods(store: SessionState) -> list[str]:
    """Methods that can explain the network; a control explains nothing and is no key image."""
    assert store.reading is not None
    lacking = unavailable_methods(network_names(store)[0], store.owner)
    left_out = {MethodFamily.CONTROL}
    if any(one.regions is None for one in store.reading.images.values()):
        left_out.add(MethodFamily.ANATOMICAL)
    return [name for name, one in REGISTRY.items() if name not in lacking and one.family not in left_out]


def target_of(finding: Finding) -> Target:
    """The target that Explain shows first: of two grades always the second, whose map is signed."""
    condition = finding.definition
    grade = condition.grades[-1] if condition.scale is Scale.BINARY else finding.grade
    assert grade is not None
    return Target(condition.name, grade, output=finding.output)


def _start(store: SessionState, graded: dict[str, Finding]) -> None:
    state = st.session_state
    finding = graded[state["report-finding"]]
    study, reading = store.study, store.reading
    assert study is not None
    assert reading is not None
    image, opacity = reading.image_of(finding), state["report-opacity"]
    if image is None:
        return
    network = network_names(store)[0]
    (asked,) = requested(image, target_of(finding), network, [state["report-method"]], store.owner)
    there, tested = _made(store, asked)

    def run(progress: Progress) -> tuple[KeyImage, Explanation]:
        found = asked.run(progress) if there is None else there
        return map_image(study, image, found, opacity=opacity, comparison=tested), found

    name = hashlib.sha256(f"{asked.key}-{opacity}".encode()).hexdigest()
    try:
        submit(store.jobs, f"{JOB}{name}", run, lane=Lane.INTERACTIVE, after=asked.work.after())
    except Busy as busy:
        st.toast(as_sentence(busy), icon=":material/hourglass:")


def _made(store: SessionState, asked: ExplanationRequest) -> tuple[Explanation | None, Comparison | None]:
    """The explanation and its comparison, where Explain and Compare have made them already."""
    done = {key: job.result for key, job in store.jobs.items() if job.state is State.DONE}
    comparisons = [
        found for key, found in done.items()
        if key.startswith("compare-") and found.level == asked.image.level
        and found.target == asked.target and asked.method in found.methods
    ]  # fmt: skip
    return done.get(asked.key), comparisons[-1] if comparisons else None


def _remove(work: ReportWork, number: int) -> None:
    work.change(lambda report: remove_key_image(report, number))


def _add_marked(store: SessionState, work: ReportWork) -> None:
    study, reading = store.study, store.reading
    assert study is not None
    assert reading is not None
    uids = {one.uid for one in study.series}
    for one in store.key_images:
        if one["series"] in uids:
            weighting = reading.weighting_of(study.by_uid(one["series"]))
            image = slice_image(
                study, one["series"], int(one["slice"]), note=str(one["note"] or ""), weighting=weighting
            )
            work.change(lambda report, image=image: add_key_image(report, image))
