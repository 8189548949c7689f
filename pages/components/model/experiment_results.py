"""The ablations on the Model page: every arm of an experiment next to its reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.compare.tables import wide
from pages.components.model.performance import format_estimate
from spine_core.networks.conditions import BY_NAME
from spine_core.results.experiments import EXPERIMENTS, Arm, Experiment

Row = Mapping[str, Any]
"""An ``ExperimentResult`` of ``training.ablations.metrics``, or one of its rows, as stored."""


def experiment_tables(results: Sequence[Row], fold: int, group: tuple[str, str]) -> None:
    """One table per experiment, for the patients of ``fold`` and a ``group`` of dataset and weighting."""
    for result in results:
        experiment = EXPERIMENTS[result["name"]]
        rows = [
            row for row in result["rows"] if (row["fold"], row["source"], row["sequence"]) == (fold, *group)
        ]
        st.markdown(f"**{experiment.title}**")
        if not rows:
            st.caption("Not evaluated on this dataset.")
            continue
        headings = "".join(
            f'<th scope="col">{escape(_heading(experiment, arm))}</th>' for arm in experiment.arms
        )
        lines = [line for row in rows for line in _lines(experiment, row)]
        wide(f'<th scope="col">Discs (positive)</th>{headings}', lines)
        st.caption(f"{experiment.note} Repeat with `{result['command']}`")


def _heading(experiment: Experiment, arm: Arm) -> str:
    label = arm.label[0].upper() + arm.label[1:]
    return f"{label} (reference)" if arm.name == experiment.reference else label


def _lines(experiment: Experiment, row: Row) -> Iterator[str]:
    """The AUROC of one finding, and the quadratic kappa below it if the grades are ordinal."""
    name = escape(BY_NAME[row["condition"]].label)
    yield _line(experiment, name, f"{row['discs']} ({row['positives']})", row["aurocs"])
    if row["kappas"]:
        yield _line(experiment, f"{name}: quadratic kappa", str(row["discs"]), row["kappas"])


def _line(experiment: Experiment, name: str, discs: str, comparison: Row) -> str:
    cells = "".join(_cell(comparison, arm.name) for arm in experiment.arms)
    return f'<tr><th scope="row">{name}</th><td>{discs}</td>{cells}</tr>'


def _cell(comparison: Row, arm: str) -> str:
    """A value with its interval; below it the difference, bold if its interval excludes zero.

    Differences have three decimals: with two, many would be zero.
    """
    if arm not in comparison["values"]:
        return "<td>not trained on it</td>"
    value = format_estimate(comparison["values"][arm], "value")
    difference = comparison["differences"].get(arm)
    if difference is None:
        return f"<td>{value}</td>"
    text = format_estimate(difference, "value", sign="+", digits=3)
    significant = difference["low"] is not None and (difference["low"] > 0 or difference["high"] < 0)
    return f"<td>{value}<small>{f'<b>{text}</b>' if significant else text}</small></td>"
