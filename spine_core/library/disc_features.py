"""What was computed of the discs of kept cases, beside the database: it can be computed again and is in no backup.

A file holds images of discs, so that it is deleted with its case.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from spine_core.library.access import seen_case
from spine_core.library.cases import get_case
from spine_core.library.deidentification.patient_key import patient_key
from spine_core.library.deidentification.pseudonyms import Pseudonyms
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.study.types import Study


def stored_features(library: Library, person: Person, case_id: str, name: str) -> Path | None:
    """The file of that name that was stored for a case; None where there is none. Raises ``LibraryError``."""
    with library.database.reading() as session:
        seen_case(session, person, case_id)
    path = library.features_folder(case_id) / name
    return path if path.is_file() else None


def store_features(library: Library, person: Person, case_id: str, name: str, data: bytes) -> Path:
    """Stores ``data``, replacing what was stored for the case under another name of the same network.

    ``name``: hash of the network, a hyphen and a hash of the discs. A crash leaves all of it or nothing. Raises
    ``LibraryError`` where ``person`` does not see the case, or it was deleted meanwhile.
    """
    folder = library.features_folder(case_id)
    with library.database.writing() as session:
        # The case cannot be deleted before the transaction ends, so that no image outlives it.
        library.lock_content(session)
        seen_case(session, person, case_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in folder.glob(f"{name.split('-', maxsplit=1)[0]}-*"):
            old.unlink()
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).rename(folder / name)
    return folder / name


def pseudonym_of(library: Library, person: Person, study: Study, case_id: str = "") -> str:
    """The pseudonym under which the library knows the patient of an open study; empty where that cannot be told.

    ``case_id``: of the case that holds the study, if any. A study without any identifier belongs to nobody.
    """
    if case_id:
        try:
            return get_case(library, person, case_id).patient
        except LibraryError:
            return ""
    who = study.patient
    if not (who.patient_id or who.name or who.birth_date):
        return ""
    return Pseudonyms(library.secret, patient_key(who, ())).patient_id
