"""Stored maps of one finding in linked panes beside the original: of a rating sheet, or of an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pages.components.series_names import distinct_names
from pages.components.viewer.pixel_route import PixelStore
from pages.components.viewer.spine_region import spine_region
from pages.components.viewer.viewer_data import Map, Pane, crop_data, map_data, series_data, viewer_data
from spine_core.audit.ratings.protocol import CONTROL
from spine_core.audit.view import View
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import Channel
from spine_core.networks.display_names import SUFFIX
from spine_core.study.types import Study


@dataclass(frozen=True, eq=False)
class StoredMap:
    """A map in a pane with this title. ``content``: a hash that names its pixels, and tells nothing else."""

    title: str
    content: str
    relevance: npt.NDArray[np.float32]
    signed: bool


@dataclass(frozen=True, eq=False)
class MapPlace:
    """Where the maps of a finding lie. ``target``: what positive relevance speaks for."""

    view: View
    level: str
    target: str


def maps_data(
    key: str, pixels: PixelStore, study: Study, place: MapPlace, maps: Mapping[str, StoredMap]
) -> dict[str, Any]:
    """The viewer's data: the slice of the maps without one, and with each of them. ``key``: names what is shown."""
    view = place.view
    series = study.by_uid(view.series_uid)
    name = distinct_names(study, None)[series.uid]
    shown = series_data(pixels, study, series, name)
    plain = {"marks": [], "outlines": [], "spine": spine_region(series, [])}
    channel = Channel("", series.uid, view.slice_index, view.affine())
    return viewer_data(
        key,
        [shown | plain],
        [Pane(series.uid, "Original"), *(Pane(series.uid, one.title, name) for name, one in maps.items())],
        linked=True,
        level=place.level,
        slices={series.uid: view.slice_index},
        maps={name: _map(pixels, place, one) for name, one in maps.items()},
        crop=crop_data(channel, view.size),
    )


def _map(pixels: PixelStore, place: MapPlace, one: StoredMap) -> dict[str, Any]:
    relevance = one.relevance if one.signed else np.maximum(one.relevance, np.float32(0.0))
    shown = Map(
        one.title,
        one.content,
        place.view.slice_index,
        place.view.affine(),
        relevance,
        one.signed,
        float(np.abs(relevance).max()),
        place.target,
    )
    return map_data(pixels, shown)


def is_signed(method: str) -> bool:
    """Whether a method of an audit speaks for and against; a control does not."""
    return not method.startswith(CONTROL) and REGISTRY[method.removesuffix(SUFFIX)].signed
