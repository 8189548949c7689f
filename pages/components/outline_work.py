"""Edits of outlines: what the viewer sends goes into the reading, and comes out of it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.networks.available import bundle_of
from pages.components.session.identity import current_person
from pages.components.session.state import CORRECT, READ, REGRADE, SessionState
from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.grading import outline_edits as change
from spine_core.grading.reader_edits import CorrectionError
from spine_core.grading.types import Reading
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library
from spine_core.networks.registry import Bundle
from spine_core.study.types import Study

STILL_GRADING = "The discs are being graded again; please apply the outlines when that is done."

Change = Callable[[Study, Reading, Bundle], Reading]


def take(store: SessionState, sent: Any) -> None:
    """Puts the outlines that the viewer sent into the reading; the viewer is told why, where that is refused.

    ``sent``: from a browser; a ``name`` that the viewer knows it by, and ``outlines``.
    """
    message = sent if isinstance(sent, Mapping) else {}
    refused = _changed(store, lambda study, reading, bundle: _edited(store, study, reading, bundle, message))
    store.outlines_received = {"received": str(message.get("name", ""))[:64], "refused": refused}


def take_back(store: SessionState, edit: OutlineEdit | None) -> None:
    """Takes one edit back, or all of them, as a correction that can be undone."""

    def back(study: Study, reading: Reading, bundle: Bundle) -> Reading:
        if edit is None:
            return change.take_back_outlines(study, reading, bundle)
        return change.take_back_outline(study, reading, bundle, edit)

    refused = _changed(store, back)
    if refused:
        st.toast(refused, icon=":material/error:")


def _edited(
    store: SessionState, study: Study, reading: Reading, bundle: Bundle, message: Mapping[Any, Any]
) -> Reading:
    drawn = change.drawn_outlines(study, reading, message.get("outlines"))
    return change.edit_outlines(study, reading, bundle, drawn, reader_name(store), datetime.now(UTC))


def _changed(store: SessionState, made: Change) -> str:
    """Adopts the reading that ``made`` gives; why not, where it was refused. No network runs: it takes no job."""
    if any(store.jobs.get(job) is not None for job in (READ, CORRECT, REGRADE)):
        return STILL_GRADING
    if store.study is None or store.reading is None:
        return "There is no reading whose outlines could be edited."
    try:
        store.adopt(made(store.study, store.reading, bundle_of(store.network, store.owner)))
    except CorrectionError as error:
        return as_sentence(error)
    return ""


def reader_name(store: SessionState) -> str:
    """Who the reader is in the library; ``change.ANONYMOUS`` where nobody signed in or chose a name."""
    try:
        person = current_person(store, open_library())
    except LibraryError:
        return change.ANONYMOUS
    return change.ANONYMOUS if person is None else person.name
