"""Orders in which a rater sees several maps, balanced for place and for what came just before.

Williams 1949, doi 10.1071/CH9490149: in every order of the design each condition stands once; over the design each
stands equally often at every place, and follows every other equally often.
"""

from __future__ import annotations


def williams_design(conditions: int) -> tuple[tuple[int, ...], ...]:
    """The orders, ``conditions`` of them for an even number and twice as many for an odd one.

    Raises ``ValueError`` below one condition.
    """
    if conditions < 1:
        msg = "a design needs at least one condition"
        raise ValueError(msg)
    # 0, 1, n-1, 2, n-2, ...: neighbouring differences are all different.
    first = [(step + 1) // 2 if step % 2 else -(step // 2) % conditions for step in range(conditions)]
    rows = [tuple((start + one) % conditions for one in first) for start in range(conditions)]
    if conditions % 2 and conditions > 1:
        rows += [row[::-1] for row in rows]
    return tuple(rows)
