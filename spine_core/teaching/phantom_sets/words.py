"""What the bundled sets are called and say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from spine_core.teaching.exercise import Order
from spine_core.teaching.phantom_sets.bundle import GRADED_SET, MIXED_SET

LICENCE = "Synthetic; free to use, as SpineLens is (MIT)."


@dataclass(frozen=True)
class SetWords:
    """Of one set. Its ``description`` while cases are still to come tells it from a set that somebody shortened."""

    title: str
    description: str
    order: Order

    @property
    def growing(self) -> str:
        """The description of a set whose later cases are not drawn yet."""
        return f"{self.description} The others are still being drawn."


WORDS = {
    GRADED_SET: SetWords(
        "Phantoms: from easy to hard",
        "20 synthetic spines with known truth. The lesions shrink, and the discs around them degenerate.",
        Order.FIXED,
    ),
    MIXED_SET: SetWords(
        "Phantoms: when are the networks wrong?",
        "10 synthetic spines with known truth, some of which the networks misread. Do you notice which?",
        Order.SHUFFLED,
    ),
}
"""By the name of the set."""
