"""What the networks say of one finding, as a learner is shown it after the commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from spine_core.audit.view import View


@dataclass(frozen=True)
class ReleasedFinding:
    """``grade``: None where the network gave none. ``probabilities``: by grade. ``maps``: by method, the hash in the
    content store, controls among them; they lie at ``view``. ``verdicts``: by method, a sentence on how the map did
    against the controls.
    """

    level: str
    condition: str
    grade: str | None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    prediction_set: tuple[str, ...] = ()
    members_disagree: bool = False
    maps: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    view: View | None = None

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for maps that could not be drawn, and for verdicts on maps that are not there."""
        if self.maps and self.view is None:
            msg = "maps need the place where they lie"
            raise ValueError(msg)
        if not set(self.verdicts) <= set(self.maps):
            msg = "a verdict is on a map that is released"
            raise ValueError(msg)

    @property
    def uncertain(self) -> bool:
        """True where the prediction set has several grades, or the members of the ensemble disagree."""
        return len(self.prediction_set) > 1 or self.members_disagree

    @property
    def sha256(self) -> str:
        """Equal for equal findings."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ReleasedFinding:
        """The finding of ``values()``. Raises ``ValueError``."""
        view = values["view"]
        return cls(
            **{
                **values,
                "prediction_set": tuple(values["prediction_set"]),
                "view": None if view is None else View.of(view),
            }
        )
