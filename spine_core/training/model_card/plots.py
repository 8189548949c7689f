"""The model card's plots from the stored figures: ROC curves and reliability diagrams, one panel per condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spine_core.evaluation.datasets import DATASET_LABELS, DATASETS
from spine_core.evaluation.metrics import TASKS
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.registry import WEIGHTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLOTS_DIR = WEIGHTS / "plots"
COLUMNS = 5
GROUPS = {(one.name, weighting): colour for one in DATASETS for weighting, colour in one.colours.items()}
"""Datasets and weightings of real patients, and their colours from the colour-blind safe palette of Okabe and Ito."""

Row = Mapping[str, Any]
"""A ``GradingMetrics`` as stored."""


def _roc(panel: Axes, row: Row, colour: str) -> None:
    false, true = zip(*row["roc"], strict=True)
    panel.plot(false, true, color=colour, linewidth=1.3, gid=_gid("roc", row))
    rate = row["rate"]
    panel.plot(1 - rate["specificity"], rate["sensitivity"], "D", color=colour, markersize=4)


def _reliability(panel: Axes, row: Row, colour: str) -> None:
    predicted, observed, _ = zip(*row["reliability"], strict=True)
    panel.plot(
        predicted, observed, "o-", color=colour, linewidth=1.3, markersize=3, gid=_gid("reliability", row)
    )


class Plot(NamedTuple):
    """A kind of plot: draws the curve of a row in a colour, labels of the axes, and alternative text."""

    curve: Callable[[Axes, Row, str], None]
    x: str
    y: str
    shown: str


PLOTS: Mapping[str, Plot] = {
    "roc": Plot(
        _roc,
        "false positive rate",
        "true positive rate",
        "ROC curves of every finding by dataset and weighting; diamonds mark a probability of 50 %",
    ),
    "reliability": Plot(
        _reliability,
        "predicted probability",
        "observed frequency",
        "Observed frequency against predicted probability, in ten bins of equal size",
    ),
}
"""By the name of the file."""


def path_of(fold: str, plot: str, folder: Path = PLOTS_DIR) -> Path:
    """Path of a plot of ``PLOTS`` for a fold ("test" or "selection")."""
    return folder / f"{fold}-{plot}.svg"


def links(fold: str) -> list[str]:
    """Markdown that shows a fold's plots in the model card."""
    return [f"![{plot.shown}]({PLOTS_DIR.name}/{path_of(fold, name).name})" for name, plot in PLOTS.items()]


def draw(figures: Mapping[str, Row], folder: Path = PLOTS_DIR) -> None:
    """Writes the plots of every fold. ``figures``: of the ensemble's card, by fold; phantoms are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for fold, of_fold in figures.items():
        for name in PLOTS:
            _draw(of_fold["grading"], name, path_of(fold, name, folder))


def _draw(rows: Sequence[Row], name: str, path: Path) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    plot = PLOTS[name]
    height = -(-len(TASKS) // COLUMNS)
    # Text stays text and identifiers use one salt: equal figures give equal, small files.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "spinelens", "font.size": 8}):
        figure = Figure(figsize=(2.3 * COLUMNS, 2.5 * height + 0.5), facecolor="white", layout="constrained")
        panels = figure.subplots(height, COLUMNS, sharex=True, sharey=True).flat
        for panel, (condition, _) in zip(panels, TASKS, strict=False):
            panel.plot([0, 1], [0, 1], ":", color="#8A8F98", linewidth=1)
            panel.set_title(BY_NAME[condition].label, fontsize=8)
            panel.set_aspect("equal")
            for row in rows:
                colour = GROUPS.get((row["source"], row["sequence"]))
                if colour is not None and row["condition"] == condition:
                    plot.curve(panel, row, colour)
        figure.supxlabel(plot.x)
        figure.supylabel(plot.y)
        lines = [
            Line2D([], [], color=colour, label=f"{DATASET_LABELS[source]}, {sequence.upper()}")
            for (source, sequence), colour in GROUPS.items()
        ]
        figure.legend(handles=lines, loc="outside upper center", ncols=len(lines))
        figure.savefig(path, metadata={"Date": None})


def _gid(plot: str, row: Row) -> str:
    """Identifier of the curve in the file."""
    return f"{plot} {row['source']} {row['sequence']} {row['condition']}"
