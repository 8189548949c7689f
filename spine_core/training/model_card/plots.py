"""The model card's plots, drawn from the stored figures: ROC curves and reliability, a panel for each condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spine_core.evaluation.metrics import QUESTIONS
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.registry import WEIGHTS
from spine_core.results.markdown import SETS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDER = WEIGHTS / "plots"
COLUMNS = 5
GROUPS = {
    ("sudirman", "t2"): "#0072B2",
    ("sudirman", "t1"): "#56B4E9",
    ("spider", "t2"): "#D55E00",
    ("spider", "t1"): "#E69F00",
}
"""Sets and weightings of real patients, and their colours, which the colour-blind can tell apart (Okabe and Ito)."""

Row = Mapping[str, Any]
"""A ``Graded`` as stored."""


def _roc(panel: Axes, row: Row, colour: str) -> None:
    false, true = zip(*row["roc"], strict=True)
    panel.plot(false, true, color=colour, linewidth=1.3, gid=_gid("roc", row))
    rate = row["rate"]
    panel.plot(1 - rate["specificity"], rate["sensitivity"], "D", color=colour, markersize=4)


def _reliability(panel: Axes, row: Row, colour: str) -> None:
    said, seen, _ = zip(*row["reliability"], strict=True)
    panel.plot(said, seen, "o-", color=colour, linewidth=1.3, markersize=3, gid=_gid("reliability", row))


class Kind(NamedTuple):
    """What draws a row's curve in a colour, what the axes are, and what is to be seen."""

    curve: Callable[[Axes, Row, str], None]
    x: str
    y: str
    shown: str


KINDS: Mapping[str, Kind] = {
    "roc": Kind(
        _roc,
        "share of healthy discs called positive",
        "share of positive discs found",
        "ROC curves of every finding by data set and weighting; diamonds where the grid calls a finding present",
    ),
    "reliability": Kind(
        _reliability,
        "probability said",
        "share that was positive",
        "Share of discs that were positive against the probability said, in ten parts of equally many discs",
    ),
}
"""By the name of the file."""


def path_of(fold: str, kind: str, folder: Path = FOLDER) -> Path:
    """Where the plot of a fold ("test" or "selection") and of a kind of ``KINDS`` lies."""
    return folder / f"{fold}-{kind}.svg"


def links(fold: str) -> list[str]:
    """Lines of Markdown that show a fold's plots in the model card."""
    return [f"![{kind.shown}]({FOLDER.name}/{path_of(fold, name).name})" for name, kind in KINDS.items()]


def draw(figures: Mapping[str, Row], folder: Path = FOLDER) -> None:
    """Writes the plots of every fold. ``figures``: those of the ensemble's card, by fold; phantoms are not drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    for fold, found in figures.items():
        for name in KINDS:
            _draw(found["graded"], name, path_of(fold, name, folder))


def _draw(rows: Sequence[Row], name: str, path: Path) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    kind = KINDS[name]
    height = -(-len(QUESTIONS) // COLUMNS)
    # Text as text, and one salt for its names: equal figures give equal files, small ones.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "spinelens", "font.size": 8}):
        figure = Figure(figsize=(2.3 * COLUMNS, 2.5 * height + 0.5), facecolor="white", layout="constrained")
        panels = figure.subplots(height, COLUMNS, sharex=True, sharey=True).flat
        for panel, (condition, _) in zip(panels, QUESTIONS, strict=False):
            panel.plot([0, 1], [0, 1], ":", color="#8A8F98", linewidth=1)
            panel.set_title(BY_NAME[condition].label, fontsize=8)
            panel.set_aspect("equal")
            for row in rows:
                colour = GROUPS.get((row["source"], row["sequence"]))
                if colour is not None and row["condition"] == condition:
                    kind.curve(panel, row, colour)
        figure.supxlabel(kind.x)
        figure.supylabel(kind.y)
        lines = [
            Line2D([], [], color=colour, label=f"{SETS[source]}, {sequence.upper()}")
            for (source, sequence), colour in GROUPS.items()
        ]
        figure.legend(handles=lines, loc="outside upper center", ncols=len(lines))
        figure.savefig(path, metadata={"Date": None})


def _gid(kind: str, row: Row) -> str:
    """The curve's name in the file."""
    return f"{kind} {row['source']} {row['sequence']} {row['condition']}"
