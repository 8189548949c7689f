"""The discs of kept cases as an index: embedded when a case is kept, or when they are first looked for."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.grading.read import read_study
from spine_core.grading.types import DiscImage, Reading
from spine_core.library.disc_features import store_features, stored_features
from spine_core.library.kept_reading import with_kept_discs
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Case, KeptReading, Person
from spine_core.networks.network import Network
from spine_core.networks.registry import Bundle
from spine_core.progress import Part, Progress, silent
from spine_core.retrieval.embedding import embed
from spine_core.retrieval.similar import weightings_of, with_weighting

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class KeptDiscs:
    """The discs of one case as a network sees them, M rows.

    A disc with several weightings has a row for all of them and one for each alone, since a reader may have only one.
    ``embeddings``: unit rows (M, C). ``pixels``: float16 (M, channels, size, size), its inputs. ``levels``,
    ``weightings``: of each. ``grades``: by condition, as the network reports them. ``conditions``: grades by name.
    """

    embeddings: Array
    pixels: npt.NDArray[np.float16]
    levels: tuple[str, ...]
    weightings: tuple[str, ...]
    grades: tuple[Mapping[str, str], ...]
    conditions: Mapping[str, tuple[str, ...]]

    def to_bytes(self) -> bytes:
        """As an ``.npz`` that ``load`` reads."""
        out = io.BytesIO()
        words = {
            "levels": self.levels,
            "weightings": self.weightings,
            "grades": [dict(one) for one in self.grades],
            "conditions": {name: list(grades) for name, grades in self.conditions.items()},
        }
        np.savez_compressed(
            out, embeddings=self.embeddings.astype(np.float16), pixels=self.pixels, words=json.dumps(words)
        )
        return out.getvalue()

    @staticmethod
    def load(path: Path) -> KeptDiscs:
        """What ``to_bytes`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            words = json.loads(str(stored["words"]))
            return KeptDiscs(
                stored["embeddings"].astype(np.float32),
                stored["pixels"],
                tuple(words["levels"]),
                tuple(words["weightings"]),
                tuple(words["grades"]),
                {name: tuple(grades) for name, grades in words["conditions"].items()},
            )


def discs_of_reading(network: Network, reading: Reading) -> KeptDiscs | None:
    """The discs of a reading by ``network``, for every image that a finding was made from; None without discs.

    Raises ``NoEmbeddingError`` for a network without feature maps.
    """
    grades: dict[tuple[str, str], dict[str, str]] = {}
    images: dict[tuple[str, str], DiscImage] = {}
    for finding in reading.findings:
        image, key = reading.image_of(finding), (finding.view, finding.level)
        if image is not None:
            images[key] = image
            own = grades.setdefault(key, {})
            if finding.grade is not None:
                own[finding.condition] = finding.grade
    rows = [(key, one) for key, image in images.items() for one in _by_weightings(image)]
    if not rows:
        return None
    pixels = np.stack([image.pixels for _, image in rows])
    return KeptDiscs(
        embed(network, pixels),
        pixels.astype(np.float16),
        tuple(image.level for _, image in rows),
        tuple(weightings_of(image, view) for (view, _), image in rows),
        tuple(grades[key] for key, _ in rows),
        {one.name: one.grades for one in reading.conditions},
    )


def _by_weightings(image: DiscImage) -> list[DiscImage]:
    """The image itself, and where it has several weightings, with each alone."""
    there = dict.fromkeys(one.weighting for one in image.channels if one is not None)
    return [image, *(with_weighting(image, one) for one in there if len(there) > 1)]


def file_name(network: str, kept: KeptReading | None) -> str:
    """Name of the stored file: of the network, and of the discs as the reader left them."""
    discs = [] if kept is None or not kept.corrections else [repr(disc) for disc in kept.discs]
    return f"{network[:32]}-{hashlib.sha256(json.dumps(discs).encode()).hexdigest()[:16]}.npz"


def store_discs(
    library: Library, person: Person, case: Case, network: Network, reading: Reading
) -> KeptDiscs | None:
    """Stores the discs of ``reading``, which is that of the case. Raises ``LibraryError``, ``NoEmbeddingError``."""
    found = discs_of_reading(network, reading)
    if found is not None:
        name = file_name(network.id.sha256, case.reading)
        store_features(library, person, case.id, name, found.to_bytes())
    return found


def discs_of_case(
    library: Library, person: Person, case: Case, bundle: Bundle, progress: Progress = silent
) -> KeptDiscs | None:
    """The discs of a kept case, as the grader of ``bundle`` sees them; computed and stored where they are not yet.

    Raises ``LibraryError``, ``NoEmbeddingError``.
    """
    path = stored_features(library, person, case.id, file_name(bundle.grader.id.sha256, case.reading))
    if path is not None:
        return KeptDiscs.load(path)
    _, study = open_case(library, person, case.id, Part(progress, 0.0, 0.2))
    reading = read_study(study, bundle, progress=Part(progress, 0.2, 0.7))
    if case.reading is not None:
        reading = with_kept_discs(study, bundle, reading, case.reading)
    return store_discs(library, person, case, bundle.grader, reading)
