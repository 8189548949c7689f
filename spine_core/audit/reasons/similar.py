"""Similar discs as a reason: graded discs of other patients that look alike to the network; and any discs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spine_core.audit.reasons.base import GradedDisc, Reason
from spine_core.audit.reasons.content import Picture, ReasonContent, png_of
from spine_core.explanation.overlay import overlay_on_crop
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import resolve_backend
from spine_core.networks.network import TORCH, Network
from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.index_file import load_index
from spine_core.retrieval.pictures import data_folder, released_image
from spine_core.retrieval.similar import SHOWN, discs_by_chance, query_of, similar_discs
from spine_core.retrieval.types import DiscQuery, IndexedDisc

NOTE = (
    "Discs of other patients in published datasets, with the grades of these datasets. That a disc looks alike to the "
    "network does not mean that it has the same cause."
)
NONE = "no disc of another patient can be compared"


class SimilarDiscs(Reason):
    """The nearest discs of the released index by the network's embedding (``retrieval``)."""

    name = "similar_discs"
    label = "Similar discs"

    def make(self, disc: GradedDisc) -> ReasonContent:
        """The nearest discs with their grades, the nearest first."""
        network, index, query = _asked(disc)
        found = [one.disc for one in similar_discs(index, query).neighbours]
        return _content(disc, network, index, found)


class AnyDiscs(Reason):
    """A control: discs of the same level of other patients, drawn by chance."""

    name = "any_discs"
    label = "Discs of the level drawn by chance"
    control_of = SimilarDiscs.name

    def make(self, disc: GradedDisc) -> ReasonContent:
        """As many discs as there are similar ones, with their grades."""
        network, index, query = _asked(disc)
        found = discs_by_chance(index, query, SHOWN, np.random.default_rng(disc.seed))
        return _content(disc, network, index, found)


def _asked(disc: GradedDisc) -> tuple[Network, DiscIndex, DiscQuery]:
    network: Network = resolve_backend(disc.network, TORCH)
    index = load_index(network.id.sha256)
    return network, index, query_of(network, disc.image, disc.finding)


def _content(
    disc: GradedDisc, network: Network, index: DiscIndex, found: Sequence[IndexedDisc]
) -> ReasonContent:
    if not found:
        raise ValueError(NONE)
    condition = disc.finding.definition
    words = dict(zip(condition.grades, condition.grade_labels, strict=True))
    # Without distances, which would tell near discs from any others.
    lines = [f"{condition.label} {words[one.grades[condition.name]]}, {one.level}" for one in found]
    images = [_image(index, one, network) for one in found]
    if any(one is None for one in images):
        return ReasonContent(
            ("Discs of other patients that are said to look like this one:", *lines), note=NOTE
        )
    own = _picture("This disc", disc.image)
    others = [_picture(line, one) for line, one in zip(lines, images, strict=True) if one is not None]
    return ReasonContent(
        ("Discs of other patients that are said to look like this one.",), pictures=(own, *others), note=NOTE
    )


def _image(index: DiscIndex, one: IndexedDisc, network: Network) -> DiscImage | None:
    """The picture of a disc, where the data folder of this machine holds the published images."""
    try:
        return released_image(index, one.row, network.preprocessing, data_folder())
    except OSError:
        return None


def _picture(caption: str, image: DiscImage) -> Picture:
    nothing = np.zeros(image.pixels.shape[1:], np.float32)
    return Picture(caption, png_of(overlay_on_crop(image.pixels, nothing, 0.0, signed=False)))
