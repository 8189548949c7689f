"""What was tried by training again, as tables: each network of an experiment beside the one it is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.compare.tables import wide
from pages.components.model.performance import span
from spine_core.networks.conditions import BY_NAME
from spine_core.results.experiments import EXPERIMENTS, Arm, Experiment

Row = Mapping[str, Any]
"""An outcome of ``training.ablations.figures``, or one of its lines, as stored."""


def retraining_tables(outcomes: Sequence[Row], fold: int, group: tuple[str, str]) -> None:
    """One table per experiment that was run, for the patients of ``fold`` and a ``group`` of set and weighting."""
    for outcome in outcomes:
        experiment = EXPERIMENTS[outcome["name"]]
        rows = [
            row for row in outcome["rows"] if (row["fold"], row["source"], row["sequence"]) == (fold, *group)
        ]
        st.markdown(f"**{experiment.title}**")
        if not rows:
            st.caption("Not asked about this data set.")
            continue
        head = "".join(f'<th scope="col">{escape(_heading(experiment, arm))}</th>' for arm in experiment.arms)
        lines = [line for row in rows for line in _lines(experiment, row)]
        wide(f'<th scope="col">Discs (positive)</th>{head}', lines)
        st.caption(f"{experiment.about} Needs retraining: `{outcome['command']}`")


def _heading(experiment: Experiment, arm: Arm) -> str:
    label = arm.label[0].upper() + arm.label[1:]
    return f"{label} (compared with)" if arm.name == experiment.reference else label


def _lines(experiment: Experiment, row: Row) -> Iterator[str]:
    """The areas of one finding; below them, where grades are ordered, how well the likeliest agree with the labels."""
    name = escape(BY_NAME[row["condition"]].label)
    yield _line(experiment, name, f"{row['discs']} ({row['positives']})", row["aurocs"])
    if row["kappas"]:
        yield _line(experiment, f"{name}: quadratic kappa", str(row["discs"]), row["kappas"])


def _line(experiment: Experiment, name: str, discs: str, compared: Row) -> str:
    cells = "".join(_cell(compared, arm.name) for arm in experiment.arms)
    return f'<tr><th scope="row">{name}</th><td>{discs}</td>{cells}</tr>'


def _cell(compared: Row, arm: str) -> str:
    """A figure with its interval; below it the difference, bold where chance of patients does not explain it.

    Differences have three decimals: with two many would be nothing within nothing.
    """
    if arm not in compared["values"]:
        return "<td>not taught</td>"
    figure = span(compared["values"][arm], "value")
    gain = compared["gains"].get(arm)
    if gain is None:
        return f"<td>{figure}</td>"
    words = span(gain, "value", sign="+", digits=3)
    clear = gain["low"] is not None and (gain["low"] > 0 or gain["high"] < 0)
    return f"<td>{figure}<small>{f'<b>{words}</b>' if clear else words}</small></td>"
