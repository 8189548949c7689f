"""Puts the bundled sets into a library: draws their phantoms, keeps them as cases, and releases what was computed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from spine_core.library.cases import Description
from spine_core.library.keeping import keep, prepare
from spine_core.library.people import built_in_person
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.phantom import build
from spine_core.progress import Progress, silent
from spine_core.study.loader import open_study
from spine_core.study.sources import sources_from_path
from spine_core.study.types import Study
from spine_core.teaching.phantom_sets.bundle import BundledCase, read_bundle
from spine_core.teaching.phantom_sets.case import true_levels, write_case
from spine_core.teaching.phantom_sets.growth import grow, kept_cases, missing_sets, title_of

TAG = "phantom exercise"

_DRAWN_NOW: set[tuple[Path, str]] = set()
"""Library's folder and title of the cases that a thread of this process draws."""
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Drawn:
    """How many of the phantoms of all missing sets are there."""

    done: int
    of: int


def draw_next(library: Library, progress: Progress = silent) -> Drawn | None:
    """Draws and keeps one phantom that nobody draws yet, and adds it to its set; None where none is left to begin.

    In pieces, so that whoever waits for a worker waits for seconds. Threads may call it at the same time. An
    interrupted piece is drawn again. Raises ``LibraryError``, and ``Cancelled`` where ``progress`` does.
    """
    person, missing, bundle = built_in_person(library), missing_sets(library), read_bundle()
    wanted = [one for name in missing for one in bundle.cases_of(name)]
    following = _claimed(library, person, wanted)
    if following is None:
        # What an interruption left is kept, and in no set.
        for name in missing:
            grow(library, bundle, name, {})
        return None
    try:
        study = _keep(library, person, following, progress)
        grow(library, bundle, following.set_name, {title_of(following): study})
    finally:
        _DRAWN_NOW.discard((library.folder, title_of(following)))
    kept = kept_cases(library, person)
    return Drawn(sum(title_of(one) in kept for one in wanted), len(wanted))


def install_phantom_sets(library: Library, progress: Progress = silent) -> None:
    """Makes the bundled sets that are missing; takes minutes. A call after an interruption goes on with the rest.

    Raises as ``draw_next``.
    """
    while (drawn := draw_next(library, progress)) is not None:
        progress(drawn.done / drawn.of, f"phantom {drawn.done} of {drawn.of}")


def _claimed(library: Library, person: Person, wanted: list[BundledCase]) -> BundledCase | None:
    with _LOCK:
        kept = kept_cases(library, person)
        for one in wanted:
            key = library.folder, title_of(one)
            if title_of(one) not in kept and key not in _DRAWN_NOW:
                _DRAWN_NOW.add(key)
                return one
    return None


def _keep(library: Library, person: Person, one: BundledCase, progress: Progress) -> Study:
    phantom = build(one.spec)
    with TemporaryDirectory() as folder:
        sources = list(sources_from_path(write_case(phantom, Path(folder), progress)))
        prepared = prepare(library, open_study(sources), sources)
        # No network's reading is kept with it: it would give the answers away.
        levels = true_levels(phantom, prepared.study)
        keep(library, person, prepared, levels, Description(title_of(one), tags=(TAG,)))
        return prepared.kept
