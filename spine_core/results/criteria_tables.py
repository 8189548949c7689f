"""The model card's section on goals: what was wanted and reached, and what was tried where it was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.networks.display_names import network_label
from spine_core.results.acceptance_criteria import Goal, Reached, Verdict, compare
from spine_core.results.markdown import CLASSICAL, SETS, question, span, table
from spine_core.results.test_log import Look, areas, history, key

HEADS = ("goal", "wanted", "reached (95 %)", "verdict")
FIGURES = {
    "auroc": "AUROC",
    "kappa": "quadratic kappa",
    "dice": "Dice",
    "found": "discs found at the right level",
    "error": "calibration error",
    "coverage": "coverage of sets",
}

TRIED = (
    "For every area under the curve that falls short, what was tried and what it gave on the same patients: each "
    "network alone, their mean (the one that is shipped), the two regressions, and every grader that was ever measured "
    'on test patients, oldest first, by the beginning of its hash. "T1 mended" stands where Sudirman\'s T1 boxes had '
    "been brought back to their patients; all before were measured on those as published. What the teachers reach on "
    "more patients stands with them."
)

OTHERS = (
    "For every other goal that falls short, what each network gave that was measured on these patients, oldest first, "
    "by the beginning of its hash: the outliner for outlines (before there was one, the localiser), the localiser for "
    "discs found, the graders for the rest. The first looks kept areas under the curve only."
)
OTHER_HEADS = ("goal", "wanted", "networks measured, oldest first")


def section(figures: Mapping[str, Any], looks: Sequence[Look]) -> list[str]:
    """Its parts in Markdown. ``figures``: of a fold, as stored. ``looks``: all of them."""
    reached = compare(figures)
    parts = [f"## Goals\n{summary(reached)}", table(HEADS, lines(reached))]
    areas, others = areas_short(reached), others_short(reached)
    if areas:
        parts += [TRIED, table(tried_heads(areas), tried_lines(areas, looks))]
    if others:
        parts += [OTHERS, table(OTHER_HEADS, other_lines(others, looks))]
    return parts


def summary(reached: Sequence[Reached]) -> str:
    """How many goals were met."""
    counts = Counter(one.verdict for one in reached)
    counted = "; ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    return (
        f"Of {len(reached)} goals: {counted}. Within the interval means that the figure falls short of the goal and "
        "its 95 % bootstrap interval over patients does not. Calibration and sets are those of real patients of both "
        "sets and weightings together; the bound of the calibration error is held against all findings together and, "
        "more strictly, against each."
    )


def lines(reached: Sequence[Reached]) -> list[list[str]]:
    """Cells of the table of goals; as many as ``HEADS``."""
    return [
        [name(one.goal), _wanted(one.goal),
         "" if one.row is None else span(one.row, one.goal.figure, *one.goal.bounds), f"{one.verdict}{_because(one)}"]
        for one in reached
    ]  # fmt: skip


def _because(one: Reached) -> str:
    """Why a range of coverage cannot be had: a set that is never empty covers what its likeliest grade covers."""
    if one.goal.figure != "coverage" or one.row is None or one.row["likeliest"] <= one.goal.most:
        return ""
    return f"; the likeliest grade alone covers {one.row['likeliest']:.3f}, and no set is empty"


def areas_short(reached: Sequence[Reached]) -> list[Reached]:
    """Goals of areas under the curve that were not met."""
    return [one for one in _short(reached) if one.goal.figure == "auroc"]


def others_short(reached: Sequence[Reached]) -> list[Reached]:
    """The other goals that were not met."""
    return [one for one in _short(reached) if one.goal.figure != "auroc"]


def _short(reached: Sequence[Reached]) -> list[Reached]:
    return [one for one in reached if one.verdict in (Verdict.WITHIN, Verdict.MISSED)]


def tried_heads(tried: Sequence[Reached]) -> list[str]:
    """Headings of the table of what was tried for the goals of ``areas_short``."""
    row = tried[0].row or {}
    return [
        "goal", "wanted", *(f"{network_label(member)} alone" for member in row["members"]), "together",
        *(f"regression on {CLASSICAL[kind]}" for kind in row["baselines"]), "graders measured, oldest first",
    ]  # fmt: skip


def tried_lines(tried: Sequence[Reached], looks: Sequence[Look]) -> list[list[str]]:
    """Cells of that table."""
    return [
        [name(one.goal), _wanted(one.goal),
         *(f"{value:.3f}" for value in one.row["members"].values()), f"{one.row['auroc']:.3f}",
         *(f"{value:.3f}" for value in one.row["baselines"].values()),
         _told(areas(key(one.row), looks))]
        for one in tried
        if one.row is not None
    ]  # fmt: skip


def other_lines(others: Sequence[Reached], looks: Sequence[Look]) -> list[list[str]]:
    """Cells of the table of what was reached of the goals of ``others_short`` before; as many as ``OTHER_HEADS``."""
    return [
        [name(one.goal), _wanted(one.goal),
         _told(history(one.goal, looks))]
        for one in others
    ]  # fmt: skip


def name(goal: Goal) -> str:
    """What is measured, of what."""
    where = goal.where
    parts = [SETS[where["source"]], where["sequence"].upper()] if "source" in where else []
    if "condition" in where:
        parts.append(question(where))
    if "structure" in where:
        parts.append(f"outline of the {where['structure']} on T2 SPACE")
    return f"{', '.join(parts) or 'All findings together'}: {FIGURES[goal.figure]}"


def _wanted(goal: Goal) -> str:
    if goal.least == 0.0:
        return f"at most {goal.most:.2f}"
    return f"at least {goal.least:.2f}" if goal.most == 1.0 else f"{goal.least:.2f} to {goal.most:.2f}"


def _told(reached: Mapping[str, float]) -> str:
    return ", ".join(f"{network} {value:.3f}" for network, value in reached.items())
