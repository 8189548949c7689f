from __future__ import annotations

import csv
import io

from spine_core.teaching.answers import CANNOT_TELL
from spine_core.teaching.marks import set_marks
from spine_core.teaching.set_results import COLUMNS, answers_csv, set_results
from tests.teaching.making import CONDITION, LEVEL, released_set, worked


def test_answers_are_counted_by_case_and_finding(library, teacher, anna, ben):
    # The reference of the second case is 5, the network says 4.
    set_id = released_set(library, teacher, grades="45", network="44")
    worked(library, anna, set_id, 0, "3", second="4")
    worked(library, anna, set_id, 1, "5")
    worked(library, ben, set_id, 0, CANNOT_TELL)
    worked(library, ben, set_id, 1, "5", second="4")
    first, second = set_results(set_marks(library, teacher, set_id))
    assert (first.level, first.condition, first.reference) == (LEVEL, CONDITION, "4")
    assert (first.answers, first.exact, first.within_one, first.cannot_tell) == (2, 0, 1, 1)
    assert (first.to_right, first.to_wrong, first.network, first.wrong_network) == (1, 0, "4", 0)
    assert (second.answers, second.exact, second.to_wrong) == (2, 2, 1)
    assert (second.network, second.wrong_network, second.noticed) == ("4", 2, 1)


def test_the_table_of_answers_names_nobody(library, teacher, anna, ben):
    set_id = released_set(library, teacher)
    worked(library, ben, set_id, 0, "3", confidence=2)
    worked(library, anna, set_id, 0, "4")
    text = answers_csv(set_marks(library, teacher, set_id))
    assert not any(word in text for word in (anna.name, ben.name))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    assert [(one["person"], one["case"], one["first"], one["confidence"]) for one in rows] == [
        ("1", "1", "3", "2"), ("2", "1", "4", "4"),
    ]  # fmt: skip
