"""The files that the open study was opened from."""

from __future__ import annotations

from collections.abc import Callable

from pages.components.session.identity import required_person
from pages.components.session.state import SessionState, Upload
from pages.components.study_jobs import DEMONSTRATION
from spine_core.study.sources import SourceFile, sources_from_path

Sources = tuple[SourceFile, ...]


def upload_sources(upload: Upload) -> Sources:
    """Of an upload, or of the demonstration study."""
    return tuple(sources_from_path(DEMONSTRATION)) if upload.demonstration else upload.sources


def study_sources(store: SessionState) -> Callable[[], Sources]:
    """Looks up who asks, on the page; the files are read by the call, which is for a job: a case of the library may
    have hundreds.

    Raises ``LibraryError`` for a case where nobody is signed in or has chosen a name; so does the call.
    """
    opened = store.opened
    assert opened is not None
    if not opened.case_id:
        return lambda: upload_sources(opened)
    from spine_core.library.cases import case_files
    from spine_core.library.store import open_library

    library = open_library()
    person = required_person(store, library)
    return lambda: case_files(library, person, opened.case_id)
