"""The phrases of reports in each language, from ``texts/*.toml``."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spine_core.networks.conditions import BY_NAME, Condition

FOLDER = Path(__file__).parent / "texts"

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages by code, each in its own name."""

SPACE = "\N{NO-BREAK SPACE}"
"""Keeps a number and its sign on one line."""

CORE = "core."
"""Keys of sentences that the library makes itself, in English: they are recognised by their English phrase."""


@dataclass(frozen=True)
class Phrases:
    """Phrases of one language by key, such as ``present.herniation``."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase with its placeholders filled in. Raises ``KeyError`` for an unknown key or a missing value."""
        return self.texts[key].format(**values)

    def percent(self, probability: float) -> str:
        """A probability, 0 to 1, as a whole percentage; never a certain one."""
        if probability >= 0.995:
            return f"> 99{SPACE}%"
        return f"{max(probability, 0.01):.0%}".replace("%", f"{SPACE}%")

    def number(self, value: float, digits: int) -> str:
        """A decimal number with the language's decimal sign."""
        return f"{value:.{digits}f}".replace(".", self("words.decimal"))

    def either(self, words: Sequence[str]) -> str:
        """Alternatives as in a sentence: a, b or c."""
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {self('words.or')} {words[-1]}"

    def label(self, condition: Condition) -> str:
        """The condition's name within a sentence; of a network of a user, the label that it brought."""
        return self(f"name.{condition.name}") if released(condition) else condition.label

    def label_of(self, name: str, fallback: str) -> str:
        """As ``label``, for a stored name and label."""
        same = name in BY_NAME and BY_NAME[name].label == fallback
        return self(f"name.{name}") if same else fallback

    def grade(self, label: str) -> str:
        """A grade's label, translated where it is a word."""
        return self.texts.get(f"grade.{label.replace(' ', '_')}", label)

    def core(self, sentence: str) -> str:
        """A sentence of the library in this language; unchanged where it is not known. Parts are joined by "; "."""
        parts, out = sentence.split("; "), []
        while parts:
            # A sentence may have a semicolon of its own: the longest one that is known counts.
            for count in range(len(parts), 0, -1):
                known = self._core("; ".join(parts[:count]))
                if known is not None or count == 1:
                    out.append(parts[0] if known is None else known)
                    del parts[:count]
                    break
        return "; ".join(out)

    def _core(self, sentence: str) -> str | None:
        for key, pattern in _patterns():
            found = pattern.fullmatch(sentence)
            if found is not None:
                joined = f" {self('words.and')} "
                return self(key, **{k: v.replace(" and ", joined) for k, v in found.groupdict().items()})
        return None


def released(condition: Condition) -> bool:
    """Whether this is a condition of the released networks, for which there are phrases."""
    return BY_NAME.get(condition.name) == condition


@functools.cache
def phrases(language: str) -> Phrases:
    """The phrases of a language. Raises ``ValueError`` where it is none of ``LANGUAGES``."""
    if language not in LANGUAGES:
        msg = f"there are reports in {', '.join(LANGUAGES)}, not in {language!r}"
        raise ValueError(msg)
    tables = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Phrases(language, dict(_flat(tables)))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")


def placeholders(text: str) -> set[str]:
    """Names of the placeholders of a phrase."""
    return set(re.findall(r"\{(\w+)\}", text))


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    english: Iterable[tuple[str, str]] = phrases("en").texts.items()
    return tuple(
        (key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^;]+?)", re.escape(text))))
        for key, text in english
        if key.startswith(CORE)
    )
