"""Similar discs of other patients: the five nearest with their grades, and the nearest one grade lower and higher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.explain.explanation_jobs import Work, sync_jobs
from pages.components.explain.similar_cards import show_found
from pages.components.explain.similar_jobs import (
    Found,
    Search,
    library_search,
    library_work,
    maps_work,
    released_work,
    shown,
)
from pages.components.networks.available import RELEASED, bundle_key
from pages.components.networks.readings import graded_by, network_names, reading_by, seen_by
from pages.components.segments import segments
from pages.components.session.identity import current_person
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from spine_core.explanation.base import Explanation
from spine_core.grading.types import DiscImage
from spine_core.jobs import State
from spine_core.library.cases import case_names
from spine_core.library.disc_features import pseudonym_of
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library
from spine_core.networks.display_names import network_label
from spine_core.networks.preprocessing import CHANNEL_OF
from spine_core.networks.registry import load_bundle
from spine_core.networks.target import Target
from spine_core.results.retrieval import metrics_of, read_figures, verdict
from spine_core.retrieval.embedding import NoEmbeddingError
from spine_core.retrieval.index_file import DiscIndexError
from spine_core.retrieval.similar import weightings_of, with_weighting
from spine_core.retrieval.types import Filters, Place
from spine_core.study.types import Study

ALL = "all"
PLACES = {Place.RELEASED: "Public datasets", Place.LIBRARY: "My library"}

EXPLAINED = (
    "Discs of other patients that the network describes nearly as it describes this one. Alike for the network need "
    "not be alike for you, and is no proof of its grade. For research and teaching, not a diagnosis."
)


def show_similar(store: SessionState, study: Study, image: DiscImage, target: Target) -> None:
    """The search with its filters, and what it found."""
    network, place, weighting, filters, maps = _ask(store, image, target)
    if not graded_by(store, network):
        return
    seen, reading = seen_by(store, network, image, target), reading_by(store, network)
    finding = None if reading is None else reading.finding(image.level, target.condition)
    if isinstance(seen, str) or finding is None:
        st.info(seen if isinstance(seen, str) else "The network does not report this condition here.")
        return
    own = seen[0] if weighting == ALL else with_weighting(seen[0], weighting)
    search = Search(own, finding, seen[1], network, store.owner, filters, study=study.sha256)
    if place is Place.LIBRARY:
        _in_library(store, study, search, maps=maps)
        return
    _evidence(search)
    found = _searched(store, search, [released_work(search)], maps=maps)
    if found is not None:
        show_found(search, *found, place, {})


def _ask(store: SessionState, image: DiscImage, target: Target) -> tuple[str, Place, str, Filters, bool]:
    """Network, where to look, on which weightings, filters, and whether maps are shown."""
    assert store.finding is not None
    names = [one for one in network_names(store) if one not in store.finding.member_probabilities]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        network = names[0]
        if len(names) > 1:
            network = st.selectbox(
                "Network", names, format_func=network_label, key="similar-network", persist_state="session",
                width=320, help="Its features are compared. Public datasets are indexed for the released ensemble.",
            )  # fmt: skip
        place = _ask_place(list(PLACES) if bundle_key(network) == RELEASED else [Place.LIBRARY])
        weighting = _ask_weighting(image, target)
        level = st.toggle("Same level", key="similar-level", persist_state="session")
        grade = st.toggle(
            "Same grade", key="similar-grade", persist_state="session",
            help="Only discs with the grade that the network reports here.",
        )  # fmt: skip
        maps = st.toggle(
            "Grad-CAM", key="similar-maps", persist_state="session",
            help="The map of the same target on every disc with a picture, all in one colour scale.",
        )  # fmt: skip
    return network, place, weighting, Filters(level, grade), maps


def _ask_weighting(image: DiscImage, target: Target) -> str:
    """One weighting of the image, or ``ALL``: only discs that were seen on the same ones are compared."""
    there = list(dict.fromkeys(one.weighting for one in image.channels if one is not None))
    needed = {CHANNEL_OF[one] for one in target.definition.needs}
    alone = [one for one in there if needed <= {one}]
    if len(there) == 1 or not alone:
        return ALL
    words = {ALL: " and ".join(one.upper() for one in there)} | {one: one.upper() for one in alone}
    return segments(
        "Weightings", list(words), format_func=words.__getitem__,
        key=f"similar-weighting-{'-'.join(alone)}", persist_state="session", label_visibility="collapsed",
        width="content",
    )  # fmt: skip


def _ask_place(places: Sequence[Place]) -> Place:
    return segments(
        "Look in", list(places), format_func=PLACES.__getitem__,
        key=f"similar-place-{len(places)}", persist_state="session", label_visibility="collapsed", width="content",
    )  # fmt: skip


def _evidence(search: Search) -> None:
    """How much neighbours say about this condition, as measured on the test patients."""
    figures = read_figures(load_bundle().grader.id.sha256)
    row = metrics_of(figures, search.finding.condition, weightings_of(search.image))
    words = verdict(row)
    st.caption(f"{EXPLAINED} {words}" if row is not None and row.beats_level else EXPLAINED)
    if row is None or not row.beats_level:
        st.warning(words, icon=":material/report:")


def _in_library(store: SessionState, study: Study, search: Search, *, maps: bool) -> None:
    st.caption(EXPLAINED)
    try:
        library = open_library()
        person = current_person(store, library)
        if person is None:
            st.info("Choose who you are on the page Library: only cases that you see are searched.")
            return
        search = replace(search, patient=pseudonym_of(library, person, study, store.case_id))
        index = library_work(library, person, search.network, store.owner)
        found = _searched(store, search, [index, library_search(search, index)], maps=maps)
        if found is not None:
            cases = {one.disc.case_id for one in shown(found[0].similar)}
            show_found(search, *found, Place.LIBRARY, case_names(library, person, cases))
    except LibraryError as error:
        st.error(as_sentence(error), icon=":material/error:")


def _searched(
    store: SessionState, search: Search, tasks: Sequence[Work], *, maps: bool
) -> tuple[Found, Mapping[int, Explanation]] | None:
    """What the last of ``tasks`` found, with those maps that are there; None, with its progress, until then."""
    explained = maps_work(search, tasks[-1])
    sync_jobs(store, [*tasks, *([explained] if maps else [])])
    found: Found | None = _result(store, tasks, "Looking for similar discs")
    if found is None or not maps:
        return None if found is None else (found, {})
    made: Mapping[int, Explanation] | None = _result(store, [explained], "Explaining the discs")
    return found, made or {}


def _result(store: SessionState, tasks: Sequence[Work], label: str) -> Any:
    """The result of the last task; None, with its progress or a sentence, until it is there."""
    jobs = [job for job in (store.jobs.get(task.key) for task in tasks) if job is not None]
    failed = next((job for job in jobs if job.over and job.state is not State.DONE), None)
    if failed is None:
        if len(jobs) == len(tasks) and jobs[-1].state is State.DONE:
            return jobs[-1].result
        job_progress.watch({label: jobs[0] if not jobs[0].over else jobs[-1]}, tasks[-1].key)
        return None
    known = isinstance(failed.error, LibraryError | DiscIndexError | NoEmbeddingError)
    if failed.error is not None:
        st.error(as_sentence(failed.error) if known else FAILED, icon=":material/error:")
    else:
        st.info("Cancelled.")
    if st.button("Run", key=f"run-{tasks[-1].key}", icon=":material/play_arrow:"):
        for task in tasks:
            store.jobs.forget(task.key)
        st.rerun()
    return None
