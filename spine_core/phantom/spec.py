"""Specification of a phantom: a seed for the person, and the lesions of each level."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from spine_core.anatomy.types import LEVELS

HEIGHT_BY_PFIRRMANN = {1: 1.0, 2: 0.97, 3: 0.88, 4: 0.72, 5: 0.42}
"""Disc height as a fraction of the healthy height: normal in I-III, reduced in IV, collapsed in V (Pfirrmann 2001)."""


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """A generator for one purpose, so that a lesion does not change random numbers of other purposes."""
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in purpose)])


@dataclass(frozen=True)
class LevelSpec:
    """One disc and its surroundings. Lengths in mm; the default is a healthy young disc.

    ``height``: fraction of the healthy disc height, 0.3 to 1.1; None for the usual one of the Pfirrmann grade.
    ``bulge``: broad-based displacement of the disc's edge. ``herniation``: depth of a focal one into the canal.
    ``side``: its position left of the midline (negative: right). ``canal``: fraction of the thecal sac's depth that is
    lost, 0 to 0.8. ``slip``: anterior displacement of the vertebra above. ``endplate_upper``: a defect of the endplate
    above. Raises ``ValueError`` for values out of range.
    """

    pfirrmann: int = 1
    height: float | None = None
    bulge: float = 0.0
    herniation: float = 0.0
    side: float = 0.0
    canal: float = 0.0
    slip: float = 0.0
    modic: int = 0
    endplate_upper: bool = False
    endplate_lower: bool = False

    def __post_init__(self) -> None:
        ranges = {
            "pfirrmann": (1, 5),
            "height": (0.3, 1.1),
            "bulge": (0, 5),
            "herniation": (0, 10),
            "side": (-8, 8),
            "canal": (0, 0.8),
            "slip": (0, 14),
            "modic": (0, 3),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                msg = f"{name} must lie between {low} and {high}, not {value}"
                raise ValueError(msg)

    @property
    def height_fraction(self) -> float:
        """Disc height over the healthy height of this level."""
        return HEIGHT_BY_PFIRRMANN[self.pfirrmann] if self.height is None else self.height


@dataclass(frozen=True)
class PhantomSpec:
    """A person (``seed``) and the state of the five lumbar discs, keyed by level from L1/L2 to L5/S1."""

    seed: int
    levels: Mapping[str, LevelSpec] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for level in self.levels:
            _check(level)
        complete = {level: self.levels.get(level, LevelSpec()) for level in LEVELS}
        object.__setattr__(self, "levels", MappingProxyType(complete))


_WITH: dict[str, dict[str, object]] = {
    "herniation": {"herniation": 6.0},
    "bulging": {"bulge": 2.5},
    "canal_stenosis": {"canal": 0.45},
    "narrowing": {"height": 0.5},
    "spondylolisthesis": {"slip": 6.0},
    "modic": {"modic": 2},
    "endplate_upper": {"endplate_upper": True},
    "endplate_lower": {"endplate_lower": True},
    "pfirrmann": {"pfirrmann": 4},
    "ddd": {"pfirrmann": 5},
}
LESIONS = tuple(_WITH)
"""Lesions that can be added, by the names of ``networks.conditions``."""


def _check(level: str) -> None:
    if level not in LEVELS:
        msg = f"unknown level {level!r}; known: {', '.join(LEVELS)}"
        raise ValueError(msg)


def _fields(lesion: str) -> dict[str, object]:
    if lesion not in _WITH:
        msg = f"unknown lesion {lesion!r}; known: {', '.join(LESIONS)}"
        raise ValueError(msg)
    return _WITH[lesion]


def with_lesion(spec: PhantomSpec, lesion: str, level: str, value: float | None = None) -> PhantomSpec:
    """``spec`` with one lesion of typical size, or of size or grade ``value``. Raises ``ValueError``.

    Equal seeds make equal persons: the two phantoms differ around that lesion only.
    """
    _check(level)
    changes = dict(_fields(lesion))
    if value is not None:
        name, usual = next(iter(changes.items()))
        changes[name] = type(usual)(value)  # type: ignore[call-arg]
    changed = replace(spec.levels[level], **changes)  # type: ignore[arg-type]
    return replace(spec, levels={**spec.levels, level: changed})


def without(spec: PhantomSpec, lesion: str, level: str) -> PhantomSpec:
    """``spec`` with that lesion reset to its healthy value. Raises ``ValueError``."""
    _check(level)
    normal = LevelSpec()
    changes = {name: getattr(normal, name) for name in _fields(lesion)}
    changed = replace(spec.levels[level], **changes)
    return replace(spec, levels={**spec.levels, level: changed})


def healthy(seed: int) -> PhantomSpec:
    """A person without lesions; the discs are Pfirrmann I or, as in most adults, II."""
    grades = generator(seed, "healthy").integers(1, 3, len(LEVELS))
    return PhantomSpec(
        seed, {level: LevelSpec(int(grade)) for level, grade in zip(LEVELS, grades, strict=True)}
    )


_DEGENERATION = np.array([0.15, 0.2, 0.3, 0.45, 0.45])
"""Frequency of degeneration of L1/L2 ... L5/S1 at mid-life; highest for the lower two, as in the training data."""


def random_case(seed: int) -> PhantomSpec:
    """A plausible mix of lesions for training: degeneration increases with age, most in the lower two discs."""
    rng = generator(seed, "case")
    age = rng.uniform(-0.35, 0.45)
    levels = {}
    for level, frequency in zip(LEVELS, _DEGENERATION, strict=True):
        levels[level] = _random_level(rng, float(np.clip(frequency + age + rng.normal(0, 0.2), 0, 1)))
    return PhantomSpec(seed, levels)


def _random_level(rng: np.random.Generator, degeneration: float) -> LevelSpec:
    chance = rng.random(8)
    size = rng.random(6)
    grade = int(np.clip(round(1.2 + 3.6 * degeneration + rng.normal(0, 0.5)), 1, 5))
    height = float(np.clip(HEIGHT_BY_PFIRRMANN[grade] + rng.normal(0, 0.06), 0.35, 1.08))
    herniated = chance[0] < 0.03 + 0.22 * degeneration
    bulging = not herniated and chance[1] < 0.75 * degeneration
    stenosed = chance[2] < 0.3 * degeneration
    modic = int(rng.choice([1, 2, 2, 2, 3])) if chance[3] < 0.3 * degeneration**2 else 0
    return LevelSpec(
        pfirrmann=grade,
        height=height,
        bulge=1.5 + 2.5 * float(size[0]) if bulging else 0.6 * float(size[0]),
        herniation=3.5 + 5.0 * float(size[1]) if herniated else 0.0,
        side=float(6 * (size[2] - 0.5)) if herniated else 0.0,
        canal=0.15 + 0.45 * float(size[3]) if stenosed else 0.0,
        slip=3.0 + 6.0 * float(size[4]) if chance[4] < 0.08 * degeneration else 0.0,
        modic=modic,
        endplate_upper=bool(chance[5] < 0.2 * degeneration),
        endplate_lower=bool(chance[6] < 0.2 * degeneration),
    )
