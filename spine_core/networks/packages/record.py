"""Reads JSON objects key by key, with the path of a wrong value in the message."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar

MAX_TEXT = 2000
"""Letters of one text."""


class Record:
    """A JSON object that is read key by key; what is not read is unknown, and refused."""

    def __init__(self, values: object, path: str) -> None:
        if not isinstance(values, dict):
            msg = f"{path or 'it'} must be an object with keys"
            raise ValueError(msg)
        self.values, self.path, self._read = values, path, set[str]()

    def at(self, key: str) -> str:
        """The path of ``key``, for messages."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether ``key`` is there and not null."""
        self._read.add(key)
        return self.values.get(key) is not None

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """The value of ``key``, which must be a ``kind``; ``default`` where it is missing, unless that is None."""
        if not self.has(key):
            if default is None:
                msg = f"{self.at(key)} is missing"
                raise ValueError(msg)
            return default
        value = self.values[key]
        wrong_bool = isinstance(value, bool) and kind is not bool
        if wrong_bool or not isinstance(value, kind):
            names = kind.__name__ if isinstance(kind, type) else " or ".join(one.__name__ for one in kind)
            msg = f"{self.at(key)} must be a {names}"
            raise ValueError(msg)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text of at most ``MAX_TEXT`` letters."""
        found = str(self.take(key, str, default))
        if len(found) > MAX_TEXT:
            msg = f"{self.at(key)} has more than {MAX_TEXT} letters"
            raise ValueError(msg)
        return found

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number."""
        return finite(self.take(key, (int, float), default), self.at(key))

    def list(self, key: str, default: Sequence[Any] | None = None) -> list[Any]:
        """A list."""
        return list(self.take(key, list, default))

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        found = self.list(key, default)
        if not all(isinstance(one, str) and len(one) <= MAX_TEXT for one in found):
            msg = f"{self.at(key)} must be a list of texts"
            raise ValueError(msg)
        return tuple(found)

    def finish(self) -> None:
        """Refuses keys that were not read: a misspelt one would silently have no effect."""
        unknown = sorted(set(self.values) - self._read)
        if unknown:
            msg = f"{self.at(unknown[0])} is not a key of a manifest"
            raise ValueError(msg)


Choice = TypeVar("Choice", bound=StrEnum)


def choice(record: Record, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
    """The member of ``kind`` that ``key`` names."""
    value = record.text(key, None if default is None else default.value)
    try:
        return kind(value)
    except ValueError:
        msg = f"{record.at(key)} is {value!r}; it must be one of {', '.join(one.value for one in kind)}"
        raise ValueError(msg) from None


def finite(value: object, path: str) -> float:
    """``value`` as a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e30:
        msg = f"{path} must be a number"
        raise ValueError(msg)
    return float(value)
