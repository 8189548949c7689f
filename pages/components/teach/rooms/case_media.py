"""The slices and maps of one case as PNG, drawn once and shared by all who see the case."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image

from pages.components.series_names import distinct_names
from pages.components.slices import marks
from pages.components.viewer.stored_maps import is_signed
from spine_core.anatomy.types import Disc
from spine_core.audit.ratings.protocol import CONTROL
from spine_core.explanation.overlay import FAINT, colour
from spine_core.library.store import Library
from spine_core.networks.display_names import SUFFIX
from spine_core.study.hanging_protocol import arrange
from spine_core.study.intensity.window import to_grey
from spine_core.study.types import Series, Study
from spine_core.teaching.release_store import read_released_map
from spine_core.teaching.released import ReleasedFinding

MOST_SERIES = 3
"""Sagittal T2, sagittal T1 and axial, where they are there."""

COMPRESSION = 3
"""Of zlib, 1 to 9: beyond it a slice takes twice as long and gets 2 % smaller."""


@dataclass(frozen=True)
class LevelMark:
    """Where a level lies: on series number ``series``, (``row``, ``column``) in pixels."""

    level: str
    series: int
    slice: int
    row: float
    column: float


@dataclass(frozen=True, eq=False)
class CaseMedia:
    """Safe for many threads. ``series``: those that are shown, the first one first."""

    study: Study
    discs: tuple[Disc, ...]
    series: tuple[Series, ...]
    _made: dict[tuple[object, ...], bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, study: Study, discs: tuple[Disc, ...]) -> CaseMedia:
        """The media of an opened case."""
        return cls(study, discs, arrange(study, {}, lambda series: False)[0][:MOST_SERIES])

    def slice_png(self, series: int, index: int) -> bytes:
        """A slice in the series' own window. Raises ``IndexError`` where there is none."""
        return self._once(("slice", series, index), lambda: _png(to_grey(self._series(series, index), index)))

    def map_png(self, library: Library, finding: ReleasedFinding, method: str) -> bytes:
        """A map as a transparent layer over its slice. Raises ``KeyError`` where there is none, ``LibraryError``."""
        key = ("map", finding.maps[method], finding.view)
        return self._once(key, lambda: _layer(self.study, library, finding, method))

    def number_of(self, uid: str) -> int | None:
        """Number of a series among those that are shown; None where it is not."""
        return next((number for number, one in enumerate(self.series) if one.uid == uid), None)

    def facts(self) -> list[dict[str, object]]:
        """What a browser needs to know of the series. ``aspect``: height of a pixel over its width."""
        names = distinct_names(self.study, None, self.discs)
        return [
            {
                "name": names[one.uid],
                "slices": one.slices,
                "rows": one.rows,
                "columns": one.columns,
                "aspect": one.row_to_column_spacing,
                "first": self.first_slice(number),
            }
            for number, one in enumerate(self.series)
        ]

    def levels(self) -> list[LevelMark]:
        """Where the levels lie, as they were kept with the case."""
        return [
            LevelMark(one.level, number, one.slice_index, *one.center)
            for number, series in enumerate(self.series)
            for one in marks(self.study, series, self.discs)
        ]

    def first_slice(self, series: int) -> int:
        """The slice that is shown first: the middle one of the discs, else of the stack."""
        own = sorted(one.slice_index for one in self.discs if one.series_uid == self.series[series].uid)
        return own[len(own) // 2] if own else self.series[series].slices // 2

    def _series(self, number: int, index: int) -> Series:
        if not 0 <= number < len(self.series) or not 0 <= index < self.series[number].slices:
            raise IndexError
        return self.series[number]

    def _once(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        if key not in self._made:
            # Thirty browsers ask for one slice at once: it is drawn for the first one.
            with self._lock:
                if key not in self._made:
                    self._made[key] = make()
        return self._made[key]


def methods_of(finding: ReleasedFinding) -> list[str]:
    """Methods of the maps of a finding in the order in which they are shown: controls last."""
    return sorted(finding.maps, key=lambda one: (one.startswith(CONTROL) or one.endswith(SUFFIX), one))


def _layer(study: Study, library: Library, finding: ReleasedFinding, method: str) -> bytes:
    view = finding.view
    assert view is not None
    series = study.by_uid(view.series_uid)
    values = read_released_map(library, finding, method)
    shape = (series.rows, series.columns)
    relevance = view.affine().inverse().resample(values, shape, order=1, outside=float("nan"))
    return _png(colour(relevance, float(np.abs(values).max()), signed=is_signed(method), threshold=FAINT))


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=COMPRESSION)
    return out.getvalue()
