"""Images that are too small for any reading."""

from __future__ import annotations

MIN_SIDE_PIXELS = 16
"""Rows and columns of a slice that may be graded: the coarsest MR matrices have 64, and five lumbar discs with their
vertebrae, two pixels each, do not fit into fewer than this."""


def too_small(rows: int, columns: int) -> str:
    """Why a slice of this size is shown and not graded; empty where it may be graded."""
    if min(rows, columns) >= MIN_SIDE_PIXELS:
        return ""
    return f"too small to show a spine ({rows} x {columns} pixels)"
