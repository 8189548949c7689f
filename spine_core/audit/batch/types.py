"""Data types of a batch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from spine_core.anatomy.types import LEVELS
from spine_core.audit.reasons.registry import CHOSEN
from spine_core.audit.view import View
from spine_core.explanation.registry import REGISTRY
from spine_core.explanation.settings import resolve_settings
from spine_core.networks.conditions import CONDITIONS

RELEASED = ""
"""Name of the released ensemble among the networks of a plan."""


class Status(StrEnum):
    """What came of a study or of a map. The values are in the table."""

    DONE = "done"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    """The network lacks what the method needs."""


class Backend(StrEnum):
    """What computes the scores of perturbation methods and metrics."""

    FASTEST = "fastest"
    """The fastest one that ranks as torch does; a worker looks for it once, which takes half a minute."""
    TORCH = "torch"


@dataclass(frozen=True)
class BatchPlan:
    """What is computed of every study.

    ``methods``: of maps, at least one, and reasons that are rated beside them (``audit.reasons``).
    ``networks``: names of registered networks, or ``RELEASED``, either of them with ``SUFFIX`` for its random-weights
    twin, which explains the findings of the network itself. ``settings``: by method, where they are not the
    defaults. ``abnormal_only``: leaves out findings of the first grade. ``keep_maps``: stores every map, so that it can
    be rated; without it there are only numbers. ``owner``: whose registered networks are meant.

    Raises ``ValueError`` for unknown methods, levels and settings, and where nothing is asked for.
    """

    methods: tuple[str, ...]
    conditions: tuple[str, ...] = tuple(one.name for one in CONDITIONS)
    levels: tuple[str, ...] = LEVELS
    networks: tuple[str, ...] = (RELEASED,)
    settings: Mapping[str, Mapping[str, float | int | str]] = field(default_factory=dict)
    seed: int = 0
    backend: Backend = Backend.FASTEST
    abnormal_only: bool = False
    keep_maps: bool = True
    owner: str = ""

    def __post_init__(self) -> None:
        unknown = [name for name in self.methods if name not in (*REGISTRY, *CHOSEN)]
        if unknown:
            msg = f"unknown method {unknown[0]!r}; known: {', '.join((*REGISTRY, *CHOSEN))}"
            raise ValueError(msg)
        if self.methods and not self.maps:
            msg = "a batch needs a method that makes maps; other reasons are computed beside them"
            raise ValueError(msg)
        if not (self.methods and self.conditions and self.levels and self.networks):
            msg = "a batch needs a method, a condition, a level and a network"
            raise ValueError(msg)
        if not set(self.levels) <= set(LEVELS):
            msg = f"levels must be of {', '.join(LEVELS)}"
            raise ValueError(msg)
        for name in self.methods:
            self.settings_of(name)

    @property
    def maps(self) -> tuple[str, ...]:
        """The methods that make maps."""
        return tuple(one for one in self.methods if one not in CHOSEN)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons that are no maps."""
        return tuple(one for one in self.methods if one in CHOSEN)

    def settings_of(self, method: str) -> dict[str, float | int | str]:
        """All settings of a method, the defaults included; none of a reason that is no map."""
        if method in CHOSEN:
            return {}
        one = REGISTRY[method]
        return resolve_settings(one.label, one.defaults(), self.settings.get(method))

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> BatchPlan:
        """The plan of ``values()``."""
        lists = {name: tuple(values[name]) for name in ("methods", "conditions", "levels", "networks")}
        return cls(**{**values, **lists, "backend": Backend(values["backend"])})

    @property
    def sha256(self) -> str:
        """Equal for equal plans."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Source:
    """One study of a batch. ``id``: the case's, or the fingerprint of its files; ``files``: name and path.

    The paths must lead to the files on every worker. ``weighting``, ``spacing``: stated by the user.
    """

    id: str
    files: tuple[tuple[str, Path], ...] = field(repr=False)
    case_id: str | None = None
    weighting: str | None = None
    spacing: float | None = None


@dataclass(frozen=True)
class MapResult:
    """One map with its metrics: a row of the table. ``key``: hash of what it was computed from.

    Or the agreement of the map with that of the method ``other``, which is else empty.

    ``metrics``: by name, with the variant after a dot. ``attribution``: the map as stored bytes, where it is kept; of
    a reason that is no map, what a rater is shown of it. ``view``: where it lies; None for a failure.
    """

    key: str
    study_sha256: str
    level: str
    condition: str
    grade: str
    target: str
    probability: float
    method: str
    control: bool
    draw: int
    network: str
    network_sha256: str
    settings: Mapping[str, float | int | str]
    seed: int
    backend: str
    status: Status
    reason: str = ""
    outcome: str = ""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    seconds: float = 0.0
    attribution: bytes | None = field(default=None, repr=False)
    view: View | None = None
    other: str = ""


@dataclass(frozen=True)
class StudyResult:
    """What a worker made of one study. ``keys``: of all its maps; ``maps``: those that were not known before."""

    source: str
    status: Status
    reason: str = ""
    study_sha256: str = ""
    keys: tuple[str, ...] = ()
    maps: tuple[MapResult, ...] = ()
    seconds: float = 0.0
