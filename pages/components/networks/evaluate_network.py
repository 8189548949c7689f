"""Evaluates a registered network on labelled studies that the user uploads, as a job."""

from __future__ import annotations

import json
from dataclasses import asdict

import streamlit as st

from pages.components import job_progress
from pages.components.model.performance import (
    confusion_table,
    metrics_card,
    rate_table,
    reliability_chart,
    roc_chart,
)
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.study_jobs import FAILED
from spine_core.evaluation.labels import LabelError, labelled_upload
from spine_core.evaluation.metrics import GradingMetrics
from spine_core.jobs import State
from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.packages.store import StoredNetwork
from spine_core.networks.wrapped import NetworkError
from spine_core.progress import Progress
from spine_core.results.network_evaluation import NetworkEvaluation, evaluate_stored
from spine_core.study.sources import SourceFile

HELP = (
    "A folder with studies and labels.csv: columns study (file or folder), level, condition, grade, and patient where "
    "one patient has several studies. Nothing of it is written to disk."
)


def evaluation(store: SessionState, one: StoredNetwork) -> None:
    """The uploader, the progress, and the tables."""
    key = f"evaluate-{one.key}"
    upload = f"{key}-{store.upload}"
    chosen = st.file_uploader(
        "Folder of labelled studies", accept_multiple_files="directory", key=upload, help=HELP
    )
    fit = st.toggle(
        "Fit calibration and prediction sets on half of the patients", key=f"{key}-fit",
        help="The other half evaluates them, and the calibrated network is registered as a version of its own.",
    )  # fmt: skip

    # Before the page runs: a run that another one breaks off would lose the click.
    def clicked() -> None:
        files = [SourceFile(file.name, file.getvalue()) for file in st.session_state[upload]]
        owner, name = store.owner, one.key

        def run(progress: Progress) -> NetworkEvaluation:
            studies = labelled_upload(files)
            return evaluate_stored(name, studies, owner, calibrate=0.5 if fit else None, progress=progress)

        start(store, key, run)
        store.upload += 1

    if chosen:
        st.button("Evaluate", key=f"{key}-start", type="primary", on_click=clicked)
    job = store.jobs.get(key)
    if job is None:
        return
    if not job.over:
        job_progress.watch({f"Evaluating {one.key}": job}, key)
    elif job.state is State.FAILED:
        known = isinstance(job.error, LabelError | NetworkError)
        st.error(f"{job.error}." if known else FAILED, icon=":material/error:")
    elif job.result is not None:
        _tables(one, job.result)


def _tables(one: StoredNetwork, found: NetworkEvaluation) -> None:
    """What was evaluated, and the metrics of one condition and step at a time."""
    fitted = (
        f" Calibration and prediction sets were fitted on {found.fitted_on} others."
        if found.fitted_on
        else ""
    )
    st.markdown(f"**{found.patients} patients.**{fitted} Research figures, not a clinical validation.")
    if found.registered is not None:
        st.caption(f"Registered: {found.registered.key}.")
    for reason, count in found.problems.items():
        st.caption(f"{count} labels without a finding: {reason}.")
    if not found.rows:
        st.info("No condition has labels of both classes.")
        return
    conditions = {name: o.condition for view in one.manifest.views for name, o in view.outputs.items()}
    number = st.selectbox(
        "Finding", range(len(found.rows)), key=f"evaluated-{one.key}",
        format_func=lambda index: _words(found.rows[index], conditions),
    )  # fmt: skip
    row, condition = asdict(found.rows[number]), conditions[found.rows[number].condition]
    card, roc, reliability = st.columns(3, gap="medium")
    with card:
        metrics_card(row)
    roc.plotly_chart(roc_chart(row, one.key), key=f"roc-{one.key}")
    reliability.plotly_chart(reliability_chart(row), key=f"reliability-{one.key}")
    left, right = st.columns(2, gap="medium")
    with left:
        confusion_table(row, condition)
    with right:
        rate_table(row)
    st.download_button(
        "Evaluation as JSON", json.dumps(found.values(), indent=1), f"{one.key}-evaluation.json", "application/json",
        key=f"download-{one.key}", icon=":material/download:",
    )  # fmt: skip


def _words(row: GradingMetrics, conditions: dict[str, Condition]) -> str:
    condition = conditions[row.condition]
    if condition.scale is not Scale.ORDINAL:
        return condition.label
    return f"{condition.label}, at least {condition.grade_labels[condition.grades.index(row.at_least)]}"
