"""Similar discs of other patients at the reveal, where the learner asks for them; never before the commit."""

from __future__ import annotations

import streamlit as st

from pages.components.explain.similar_cards import show_found
from pages.components.explain.similar_discs import EXPLAINED
from pages.components.explain.similar_jobs import Found, Search, released_work
from pages.components.job_progress import only_result
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from spine_core.grading.read import read_study
from spine_core.grading.types import Finding, Reading
from spine_core.networks.registry import load_bundle
from spine_core.progress import Progress
from spine_core.retrieval.index_file import DiscIndexError
from spine_core.retrieval.types import Filters, Place
from spine_core.study.types import Study
from spine_core.teaching.released import ReleasedFinding

READING, SEARCH = "teach-reading-", "teach-similar-"
"""What the keys of the two jobs begin with."""


def similar_cases(store: SessionState, study: Study, released: ReleasedFinding, key: str) -> None:
    """The five nearest discs to that of a revealed finding. ``key``: of this step of the case.

    The case is read again for it, since only grades and maps were released.
    """
    asked = st.toggle(
        "Similar discs of other patients", key=f"similar-cases-{key}",
        help="Discs of public datasets, with their labels, that the networks describe most nearly like this one.",
    )  # fmt: skip
    if not asked:
        return

    def read(progress: Progress) -> Reading:
        return read_study(study, load_bundle(), progress=progress)

    reading = only_result(
        store.jobs, f"{READING}{study.sha256}", read, prefix=READING, label="Reading the case", fault=FAILED
    )
    finding = None if reading is None else reading.finding(released.level, released.condition)
    if reading is not None and (finding is None or finding.grade is None):
        st.info("The networks do not grade this finding on the files of the case.")
    elif reading is not None and finding is not None:
        _neighbours(store, reading, finding)


def _neighbours(store: SessionState, reading: Reading, finding: Finding) -> None:
    image = reading.image_of(finding)
    assert image is not None
    search = Search(image, finding, finding.target, reading.model.name, store.owner, Filters())

    def run(progress: Progress) -> Found | str:
        try:
            found: Found = released_work(search).run(progress)
        except DiscIndexError as error:
            return str(error)
        return found

    key = search.key("teach")
    found = only_result(
        store.jobs, f"{SEARCH}{key}", run, prefix=SEARCH, label="Looking for similar discs", fault=FAILED
    )
    if isinstance(found, str):
        st.error(found, icon=":material/error:")
    elif found is not None:
        st.caption(EXPLAINED)
        show_found(search, found, {}, Place.RELEASED, {})
