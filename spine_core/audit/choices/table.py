"""Choices as one long table, with the columns of the ratings of an audit and some of their own."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spine_core import DISCLAIMER
from spine_core.audit.analysis.scores import COLUMNS, TYPES
from spine_core.audit.choices.data import Choice, ChoiceData
from spine_core.audit.choices.log import BEST, rules_sha256
from spine_core.audit.ratings.protocol import is_control

if TYPE_CHECKING:
    import pandas as pd

CHOICE_COLUMNS = (*COLUMNS[:-1], "network_right", "released_sha256", "seed", COLUMNS[-1])
"""See the codebook (``exports``)."""


def choices_table(data: ChoiceData) -> pd.DataFrame:
    """One row per choice and map that was shown, in the order of the log; columns ``CHOICE_COLUMNS``.

    ``score``: 1 for the map that was chosen, 0 for the others.
    """
    import pandas as pd

    lines = [line for one in data.choices for line in _lines(data, one)]
    return pd.DataFrame(lines, columns=list(CHOICE_COLUMNS)).astype(TYPES)


def _lines(data: ChoiceData, one: Choice) -> Iterator[dict[str, Any]]:
    of_choice = _of_choice(data, one)
    for place, method in enumerate(one.order, start=1):
        yield of_choice | {
            "place": place,
            "letter": string.ascii_uppercase[place - 1],
            "method": method,
            "control": is_control(method),
            "score": int(method == one.chosen),
        }


def _of_choice(data: ChoiceData, one: Choice) -> dict[str, Any]:
    return {
        "audit": data.id,
        "protocol_sha256": rules_sha256(data.id),
        "rater": one.rater,
        "sheet": one.sheet,
        "finding": one.number,
        "case": one.case,
        "level": one.level,
        "condition": one.condition,
        "network": "",
        "explained_grade": one.grade,
        "question": BEST.name,
        "repeat": one.repeat,
        "reader_grade": None,
        "reader_grade_without_maps": one.own_grade,
        "reference": one.reference,
        "text": "",
        "seconds": None,
        "time": one.time,
        "corrected": False,
        "network_right": one.network_right,
        "released_sha256": one.released_sha256,
        "seed": one.seed,
        "note": DISCLAIMER,
    }
