"""Settings of a method: its defaults, with what the caller asked for laid over them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from spine_core.explanation.base import Method


def resolve(method: Method, asked: Mapping[str, float | int | str] | None) -> dict[str, float | int | str]:
    """The method's settings with those in ``asked`` replaced.

    Raises ``ValueError`` for a setting the method does not have, one of another type, or a number not above 0.
    """
    settings = method.defaults()
    for name, value in (asked or {}).items():
        if name not in settings:
            msg = f"{method.label} has no setting {name!r}; it has {', '.join(settings) or 'none'}"
            raise ValueError(msg)
        kind = type(settings[name])
        # Only an int may stand for a float; a bool is an int to Python but never meant as one here.
        if isinstance(value, bool) or not (
            isinstance(value, kind) or (kind is float and isinstance(value, int))
        ):
            msg = f"{method.label}: {name} must be of type {kind.__name__}, got {value!r}"
            raise ValueError(msg)
        if not isinstance(value, str) and not (math.isfinite(value) and value > 0):
            msg = f"{method.label}: {name} must be above 0, got {value!r}"
            raise ValueError(msg)
        settings[name] = kind(value)
    return settings
