"""Settings of a method: its defaults, overridden by the caller's values."""

from __future__ import annotations

import math
from collections.abc import Mapping


def resolve_settings(
    label: str, defaults: Mapping[str, float | int | str], given: Mapping[str, float | int | str] | None
) -> dict[str, float | int | str]:
    """``defaults`` overridden by ``given``. ``label``: the method's name in messages.

    Raises ``ValueError`` for a setting the method does not have, one of another type, or a number not above 0.
    """
    settings = dict(defaults)
    for name, value in (given or {}).items():
        if name not in settings:
            msg = f"{label} has no setting {name!r}; it has {', '.join(settings) or 'none'}"
            raise ValueError(msg)
        kind = type(settings[name])
        # An int is accepted for a float. A bool is an int in Python and is refused.
        if isinstance(value, bool) or not (
            isinstance(value, kind) or (kind is float and isinstance(value, int))
        ):
            msg = f"{label}: {name} must be of type {kind.__name__}, got {value!r}"
            raise ValueError(msg)
        if not isinstance(value, str) and not (math.isfinite(value) and value > 0):
            msg = f"{label}: {name} must be above 0, got {value!r}"
            raise ValueError(msg)
        settings[name] = kind(value)
    return settings
