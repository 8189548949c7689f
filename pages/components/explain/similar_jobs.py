"""The search for similar discs as jobs of the session: the index of the library, the search, its pictures and maps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from pages.components.explain.explanation_jobs import Work, content_key
from pages.components.networks.available import bundle_key, bundle_of, find_network
from spine_core.anatomy.types import Disc
from spine_core.explanation.base import Explanation
from spine_core.explanation.registry import REGISTRY, explain
from spine_core.grading.types import DiscImage, Finding
from spine_core.jobs import Lane
from spine_core.library.search import find_cases
from spine_core.networks.network import Network
from spine_core.networks.target import Target
from spine_core.progress import Part, Progress
from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.index_file import load_index
from spine_core.retrieval.library_index import MOST_CASES, LibraryIndex, library_index
from spine_core.retrieval.pictures import data_folder, released_image
from spine_core.retrieval.similar import query_of, similar_discs
from spine_core.retrieval.types import Filters, Neighbour, SimilarDiscs

if TYPE_CHECKING:
    from spine_core.library.store import Library
    from spine_core.library.types import Person

PREFIX = "similar-"
"""What the keys of these jobs begin with."""
METHOD = "grad_cam"
"""The method of the maps side by side: quick, and its values are comparable between discs."""
OWN = -1
"""Stands for the disc itself among the rows of an index."""


@dataclass(frozen=True, eq=False)
class Search:
    """What is looked for: the disc of ``image`` as the network ``network`` of ``owner`` sees it, and where.

    ``patient``, ``study``: of the disc, left out of the library.
    """

    image: DiscImage
    finding: Finding
    target: Target
    network: str
    owner: str
    filters: Filters
    patient: str = ""
    study: str = ""

    def key(self, place: str) -> str:
        """Equal discs, questions and places give equal keys."""
        asked = (self.finding.condition, self.finding.grade, self.network, self.filters)
        return content_key(PREFIX, self.image, *asked, self.patient, self.study, place)


@dataclass(frozen=True, eq=False)
class Found:
    """``images``: of the discs found, by their row, where there is a picture. ``unreadable``, ``synthetic``: cases of
    the library that could not be opened, and that were left out.
    """

    similar: SimilarDiscs
    images: Mapping[int, DiscImage] = field(default_factory=dict)
    unreadable: int = 0
    synthetic: int = 0


def released_work(search: Search) -> Work:
    """The search in the released index."""

    def run(progress: Progress) -> Found:
        network = find_network(search.network, search.owner)
        index = load_index(network.id.sha256)
        folder = data_folder()

        def picture(row: int) -> DiscImage | None:
            try:
                return released_image(index, row, network.preprocessing, folder)
            except OSError:
                return None

        return _found(search, network, index, picture, progress)

    return Work(search.key("released"), run, Lane.INTERACTIVE)


def library_work(library: Library, person: Person, network: str, owner: str) -> Work:
    """The index of the cases that ``person`` sees; made anew where cases, grades or references have changed."""
    cases = find_cases(library, person, limit=MOST_CASES).cases
    state = [(one.id, one.patient, one.references, one.disagreements, one.reviewed) for one in cases]
    digest = hashlib.sha256(json.dumps([person.id, network, state]).encode()).hexdigest()

    def run(progress: Progress) -> LibraryIndex:
        return library_index(library, person, bundle_of(bundle_key(network), owner), progress)

    return Work(f"{PREFIX}library-{digest}", run, Lane.BACKGROUND)


def library_search(search: Search, index: Work) -> Work:
    """The search in the index that the job ``index`` makes."""

    def run(progress: Progress, made: LibraryIndex) -> Found:
        def picture(row: int) -> DiscImage:
            return _image(made, row)

        network = find_network(search.network, search.owner)
        found = _found(search, network, made.index, picture, progress)
        return replace(found, unreadable=made.unreadable, synthetic=made.synthetic)

    return Work(search.key(index.key), run, Lane.INTERACTIVE, (index.key,))


def maps_work(search: Search, found: Work) -> Work:
    """Maps of the target by row: of each disc with a picture that the job ``found`` gives, and of the disc itself."""

    def run(progress: Progress, made: Found) -> dict[int, Explanation]:
        network, settings = find_network(search.network, search.owner), REGISTRY[METHOD].defaults()
        images = {OWN: search.image, **made.images}
        return {
            row: explain(
                METHOD, network, image, search.target, 0, settings,
                Part(progress, number / len(images), 1 / len(images)),
            )
            for number, (row, image) in enumerate(images.items())
        }  # fmt: skip

    key = hashlib.sha256(repr((found.key, search.target.question)).encode()).hexdigest()
    return Work(f"{PREFIX}maps-{key}", run, Lane.INTERACTIVE, (found.key,))


def shown(similar: SimilarDiscs) -> list[Neighbour]:
    """All discs of a result, each once."""
    found = [*similar.neighbours, *(one for one in (similar.lower, similar.higher) if one is not None)]
    return list({one.disc.row: one for one in found}.values())


def _found(
    search: Search,
    network: Network,
    index: DiscIndex,
    picture: Callable[[int], DiscImage | None],
    progress: Progress,
) -> Found:
    progress(0.1, "looking for similar discs")
    query = query_of(network, search.image, search.finding, patient=search.patient, study=search.study)
    similar = similar_discs(index, query, search.filters)
    pictures = {one.disc.row: picture(one.disc.row) for one in shown(similar)}
    images = {row: image for row, image in pictures.items() if image is not None}
    return Found(similar, images)


def _image(made: LibraryIndex, row: int) -> DiscImage:
    """The stored input of a kept disc; where it lies in its study is not needed for a picture of it."""
    level, pixels = str(made.index.levels[row]), made.pixels[row].astype(np.float32)
    disc = Disc(level, "", 0, (0.0, 0.0), (0.0, 0.0), None, 1.0, (1.0, 0.0), 1.0)
    return DiscImage(level, pixels, (None,) * len(pixels), disc)
