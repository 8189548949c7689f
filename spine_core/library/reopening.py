"""Opens a kept case again: its files, and the discs as the reader had corrected them."""

from __future__ import annotations

from spine_core.library.cases import case_files, get_case
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Case, Person
from spine_core.progress import Progress, silent
from spine_core.study.loader import open_study
from spine_core.study.types import Study, Weighting


def open_case(
    library: Library, person: Person, case_id: str, progress: Progress = silent
) -> tuple[Case, Study]:
    """The case and its study. Raises ``LibraryError`` where its files do not read as when it was kept."""
    case = get_case(library, person, case_id)
    study = open_study(
        case_files(library, person, case_id),
        weighting=Weighting(case.weighting) if case.weighting else None,
        spacing=case.spacing,
        progress=progress,
    )
    if study.sha256 != case.study_sha256:
        msg = "this version of SpineLens reads the files of this case differently from the one that kept it"
        raise LibraryError(msg)
    return case, study
