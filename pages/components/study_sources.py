"""The files that the open study was opened from."""

from __future__ import annotations

from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from pages.components.study_jobs import DEMONSTRATION
from spine_core.study.sources import SourceFile, sources_from_path


def study_sources(store: SessionState) -> tuple[SourceFile, ...]:
    """Of an upload, of the demonstration study, or of a case of the library, which raises ``LibraryError``."""
    opened = store.opened
    if opened is None or opened.demonstration:
        return tuple(sources_from_path(DEMONSTRATION))
    if not opened.case_id:
        return opened.sources
    from spine_core.library.cases import case_files
    from spine_core.library.store import open_library

    library = open_library()
    return case_files(library, required_person(store, library), opened.case_id)
