"""Whether records that were made from the JSON of a stranger hold what their annotations promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def fits(value: object, hint: Any) -> bool:
    """Whether ``value`` is of the annotated type, in depth. Numbers are finite; a whole number is a float as well.

    For dataclasses, unions, ``tuple``, ``Mapping`` and plain classes, of which the records of teaching consist.
    """
    kind, inner = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return any(fits(value, one) for one in inner)
    if kind is tuple:
        return isinstance(value, tuple) and all(fits(one, inner[0]) for one in value)
    if kind is Mapping:
        return isinstance(value, Mapping) and all(
            fits(key, inner[0]) and fits(one, inner[1]) for key, one in value.items()
        )
    if hint in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (hint is float and isinstance(value, float) and isfinite(value))
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return isinstance(value, hint) and all(  # type: ignore[arg-type]
            fits(getattr(value, one.name), hints[one.name]) for one in fields(hint)
        )
    return isinstance(value, hint)
