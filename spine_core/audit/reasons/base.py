"""The base class of the reasons that are rated beside maps, and what they are made from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from spine_core.audit.reasons.content import ReasonContent
from spine_core.explanation.base import ScoreModel
from spine_core.grading.types import DiscImage, Finding, Reading
from spine_core.networks.display_names import SUFFIX
from spine_core.networks.target import Target
from spine_core.study.types import Study


@dataclass(frozen=True, eq=False)
class GradedDisc:
    """A finding with all that a reason is made from. ``network``: the explained one. ``seed``: of the batch."""

    study: Study
    reading: Reading
    finding: Finding
    image: DiscImage
    network: ScoreModel
    seed: int = 0

    @property
    def target(self) -> Target:
        """The reported grade."""
        return self.finding.target

    @property
    def random_weights(self) -> bool:
        """Whether the explained network is a random-weights twin."""
        return self.network.id.name.endswith(SUFFIX)


class Reason(ABC):
    """A reason of a finding. Each is a subclass in a file of its kind, with one entry in the registry.

    ``control_of``: name of the reason that it is a control of, which says nothing about this disc; empty for a reason
    of the network. ``of_any_network``: whether a random-weights twin can be asked, whose reason is then a control.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    control_of: ClassVar[str] = ""
    of_any_network: ClassVar[bool] = False

    @abstractmethod
    def make(self, disc: GradedDisc) -> ReasonContent:
        """What a rater is shown. Equal discs and seeds give equal contents.

        It names neither the method nor whether it is a control. Raises ``ValueError``, with a sentence for the table
        of the batch, where there is no such reason for the finding.
        """
