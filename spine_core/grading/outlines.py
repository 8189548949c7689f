"""The outlines of a reading as the reader left them, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.outline_edits import Masks, OutlineEdit, edited_masks
from spine_core.anatomy.types import Disc, Structure
from spine_core.grading.crops.network_input import SAGITTAL_CROPS
from spine_core.grading.crops.sagittal import structure_regions
from spine_core.grading.types import DiscImage, Reading
from spine_core.networks.network import View
from spine_core.study.types import Study

NEAR = 0.6
"""An edit concerns a disc where a changed pixel is this close to its centre, in inter-disc distances."""


@dataclass(frozen=True, eq=False)
class CurrentSegmentation:
    """The segmentation of one series with the reader's edits.

    ``masks``: by slice index, uint8 (rows, columns) of ``Structure`` labels. ``edits``: those that count, one for each
    structure of a slice that the reader drew; all other outlines are the segmenter's.
    """

    series_uid: str
    masks: Masks
    edits: tuple[OutlineEdit, ...]

    @property
    def readers(self) -> dict[Structure, tuple[str, ...]]:
        """By structure that was edited, who did, in the order of their last edits."""
        found: dict[Structure, tuple[str, ...]] = {}
        for edit in self.edits:
            found[edit.structure] = tuple(dict.fromkeys((*found.get(edit.structure, ()), edit.reader)))
        return found


def current_segmentations(reading: Reading) -> tuple[CurrentSegmentation, ...]:
    """The segmentation of every series that was read, with the edits; in the order of ``Reading.anatomies``."""
    last = {edit.place: edit for edit in reading.outline_edits}
    return tuple(
        CurrentSegmentation(
            one.series_uid,
            edited_masks(one, reading.outline_edits),
            tuple(edit for edit in last.values() if edit.series_uid == one.series_uid),
        )
        for one in reading.anatomies
    )


def current_masks(reading: Reading) -> Mapping[str, Masks]:
    """By uid of the series that were read, the masks by slice index with the reader's edits."""
    return {one.series_uid: one.masks for one in current_segmentations(reading)}


def with_current_regions(study: Study, views: Sequence[View], reading: Reading) -> Reading:
    """``reading`` with the structures over the networks' inputs by the current outlines; the pixels stay."""
    masks = current_masks(reading)
    first = views[0].name

    def relabelled(view: View, image: DiscImage) -> DiscImage:
        if view.preprocessing.crop not in SAGITTAL_CROPS:
            return image
        disc = image.disc
        series = study.by_uid(disc.series_uid)
        own = masks.get(disc.series_uid, {})
        return replace(image, regions=structure_regions(view.preprocessing, disc, series, own))

    by_name = {view.name: view for view in views}
    images = {level: relabelled(by_name[first], image) for level, image in reading.images.items()}
    further = {
        (name, level): relabelled(by_name[name], image)
        for (name, level), image in reading.view_images.items()
    }
    return replace(reading, images=images, view_images=further)


def levels_near(study: Study, reading: Reading, edit: OutlineEdit) -> tuple[str, ...]:
    """Levels of the discs next to which the edit changed the segmentation, from head to foot."""
    anatomy = next((one for one in reading.anatomies if one.series_uid == edit.series_uid), None)
    labels = None if anatomy is None else anatomy.masks.get(edit.slice_index)
    own = np.zeros(edit.shape, dtype=np.bool_) if labels is None else labels == edit.structure
    changed = np.argwhere(own ^ edit.mask)
    aspect = study.by_uid(edit.series_uid).row_to_column_spacing
    own_discs = (disc for disc in reading.discs if disc.series_uid == edit.series_uid)
    return tuple(disc.level for disc in own_discs if _is_near(disc, changed, aspect))


def _is_near(disc: Disc, pixels: npt.NDArray[np.intp], aspect: float) -> bool:
    """Whether any of ``pixels`` (n, 2) is near the disc. ``aspect``: height of a pixel over its width."""
    away = np.hypot(*((pixels - disc.center_px) * (aspect, 1.0)).T)
    return bool((away <= NEAR * disc.inter_disc_px).any())
