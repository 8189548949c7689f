"""The prior study of the open one. It lives and goes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pages.components.session.state import Memo
from pages.components.viewer.pixel_route import PixelStore
from spine_core.grading.types import Reading
from spine_core.study.types import Patient, Study

if TYPE_CHECKING:
    from spine_core.priors.comparison import PriorAlignment
    from spine_core.study import SourceFile


@dataclass(eq=False)
class PriorState:
    """``pixels``: what the viewer may fetch of it, apart from the open study's, so that it can go alone.

    ``sources``: files that wait for the choice among ``patients``. ``confirmed``: the reader says that it is the same
    patient. ``reading`` is by the network ``network``. ``alignment`` is of the series named in ``aligned``.
    ``complaint``: one sentence about what could not be done. ``upload`` counts uploads, as the open study's does.
    """

    pixels: PixelStore
    sources: tuple[SourceFile, ...] = ()
    patients: tuple[Patient, ...] = ()
    study: Study | None = None
    confirmed: bool = False
    reading: Reading | None = None
    network: str = ""
    alignment: PriorAlignment | None = None
    aligned: tuple[str, ...] = ()
    complaint: str = ""
    upload: int = 0
    memory: Memo = field(default_factory=Memo)

    @property
    def nbytes(self) -> int:
        """Bytes of its slices, masks and waiting files."""
        arrays = [one.pixels for one in self.study.series] if self.study else []
        arrays += [self.alignment.resampled.pixels] if self.alignment else []
        anatomies = self.reading.anatomies if self.reading else ()
        arrays += [one for anatomy in anatomies for one in anatomy.masks.values()]
        files = sum(len(one.data) for one in self.sources if isinstance(one.data, bytes))
        return sum(array.nbytes for array in arrays) + files
