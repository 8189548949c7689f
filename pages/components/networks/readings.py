"""What each network sees and reports of the open study, where another network than the reader's is explained."""

from __future__ import annotations

import hashlib

import streamlit as st

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.networks.available import RELEASED, bundle_key, bundle_of
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from spine_core.grading.types import DiscImage, Reading, Status
from spine_core.jobs import Busy, Job, Lane, State, submit
from spine_core.networks.display_names import SUFFIX, network_label
from spine_core.networks.target import Target
from spine_core.networks.wrapped import NetworkError
from spine_core.progress import Progress

PREFIX = "grade-"
"""What the keys of these jobs begin with."""


def network_names(store: SessionState) -> list[str]:
    """Networks that can be explained: the one that reads and its members, then those chosen for comparison."""
    assert store.reading is not None
    assert store.finding is not None
    own = [store.reading.model.name, *store.finding.member_probabilities]
    released = [] if store.network == RELEASED else ["ensemble"]
    return [*own, *released, *(key for key in store.compared if key != store.network)]


def reading_by(store: SessionState, name: str) -> Reading | None:
    """The reading of the same discs by the network ``name``; None until ``graded_by`` has made it."""
    if _reads(store, name):
        return store.reading
    job = store.jobs.get(_key(store, name))
    return job.result if job is not None and job.state is State.DONE else None


def graded_by(store: SessionState, name: str) -> bool:
    """Whether there is a reading by the network ``name``; where not, starts it and shows its progress."""
    if reading_by(store, name) is not None:
        return True
    try:
        job = _started(store, name)
    except Busy as busy:
        st.error(as_sentence(busy))
        return False
    if job.state is State.FAILED:
        st.error(str(job.error) if isinstance(job.error, NetworkError) else FAILED)
    else:
        label = f"Grading with {network_label(name.removesuffix(SUFFIX))}"
        job_progress.watch({label: job}, f"grading-{name}")
    return False


def seen_by(
    store: SessionState, name: str, image: DiscImage, target: Target
) -> tuple[DiscImage, Target] | str:
    """The image and the target of the same question for the network ``name``, or why it cannot be asked.

    Needs ``graded_by``.
    """
    reading = reading_by(store, name)
    if reading is store.reading:
        return image, target
    label = network_label(name)
    if reading is None:
        return f"{label} has not graded this study yet."
    finding = reading.finding(image.level, target.condition)
    if finding is None:
        return f"{label} does not report {target.definition.label} at {image.level}."
    seen = reading.image_of(finding)
    if finding.status is not Status.GRADED or seen is None:
        return f"{label} cannot grade {target.definition.label} at {image.level}: {finding.reason}."
    try:
        return seen, Target(target.condition, target.grade, target.kind, target.contrast, finding.output)
    except ValueError:
        return (
            f"{label} has other grades of {target.definition.label}, so the question cannot be asked of it."
        )


def _reads(store: SessionState, name: str) -> bool:
    assert store.reading is not None
    base = name.removesuffix(SUFFIX)
    members = {one for finding in store.reading.findings for one in finding.member_probabilities}
    return base == store.reading.model.name or base in members


def _key(store: SessionState, name: str) -> str:
    """Equal discs, outlines and networks give equal keys, so that a correction grades again."""
    assert store.reading is not None
    corrected = (store.reading.discs, store.reading.outline_edits)
    discs = hashlib.sha256(repr(corrected).encode()).hexdigest()
    return f"{PREFIX}{bundle_key(name)}-{discs}"


def _started(store: SessionState, name: str) -> Job[Reading]:
    there = store.jobs.get(_key(store, name))
    if there is not None:
        return there
    study, reading, key, owner = store.study, store.reading, bundle_key(name), store.owner
    assert study is not None
    assert reading is not None

    def run(progress: Progress) -> Reading:
        from spine_core.grading.read import grade_with

        progress(0.1, "loading the network")
        return grade_with(study, bundle_of(key, owner), reading)

    return submit(store.jobs, _key(store, name), run, lane=Lane.INTERACTIVE)
