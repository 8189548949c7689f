from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from spine_core.audit.latin_square import williams_design


@pytest.mark.parametrize("conditions", range(1, 9))
def test_every_condition_stands_equally_often_at_every_place(conditions):
    design = williams_design(conditions)
    assert all(sorted(row) == list(range(conditions)) for row in design)
    for place in range(conditions):
        counts = Counter(row[place] for row in design)
        assert set(counts.values()) == {len(design) // conditions}


@pytest.mark.parametrize("conditions", range(2, 9))
def test_every_condition_follows_every_other_equally_often(conditions):
    design = williams_design(conditions)
    pairs = Counter(pair for row in design for pair in pairwise(row))
    assert len(pairs) == conditions * (conditions - 1)
    assert len(set(pairs.values())) == 1


def test_the_design_for_four_by_hand():
    assert williams_design(4) == ((0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1))
    with pytest.raises(ValueError, match="at least one"):
        williams_design(0)
