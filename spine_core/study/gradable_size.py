"""The least size of an image that is graded."""

from __future__ import annotations

MIN_SIDE_PIXELS = 16
"""Least number of rows and columns of a graded slice. The coarsest MR matrices have 64; five lumbar discs and their
vertebrae, two pixels each, need at least this many."""


def too_small(rows: int, columns: int) -> str:
    """Why a slice of this size is shown and not graded; empty where it may be graded."""
    if min(rows, columns) >= MIN_SIDE_PIXELS:
        return ""
    return f"too small to show a spine ({rows} x {columns} pixels)"
