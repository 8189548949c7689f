"""What the analyses of ratings need to know of what was asked, whether a protocol or an exercise asked it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from spine_core.audit.ratings.protocol import Question


class Terms(Protocol):
    """``methods``: names of the maps, controls among them. ``raters``: numbers of people; they are counted only."""

    @property
    def questions(self) -> Sequence[Question]:
        """What was asked of every map."""

    @property
    def methods(self) -> Sequence[str]:
        """Of the maps that were shown."""

    @property
    def raters(self) -> Sequence[int]:
        """Those whose ratings count."""
