"""Reads and writes the trials of the tuning as CSV; ``tune`` resumes from it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from spine_core.results.tuning import HyperParameters, Trial, TuningResult, parse_hyper_parameters

COLUMNS = (
    "number",
    *(field.name for field in fields(HyperParameters)),
    "auroc",
    "sudirman",
    "spider",
    "seconds",
)


def write_trials(path: Path, command: str, trials: Sequence[Trial]) -> None:
    """Writes a comment with the command, then one row per trial. The file is replaced atomically."""
    text = io.StringIO()
    text.write(f"# {command}\n")
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for trial in trials:
        row = asdict(trial)
        rows.writerow(row.pop("hyper_parameters") | row)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".tmp")
    half.write_text(text.getvalue())
    half.replace(path)


def read_trials(path: Path) -> TuningResult | None:
    """Reads what ``write_trials`` wrote; None if there is no file."""
    if not path.is_file():
        return None
    with path.open(newline="") as handle:
        command = handle.readline().removeprefix("#").strip()
        return TuningResult(command, tuple(_trial(row) for row in csv.DictReader(handle)))


def _trial(row: dict[str, str]) -> Trial:
    return Trial(
        int(row["number"]), parse_hyper_parameters(row), float(row["auroc"]), float(row["sudirman"]),
        float(row["spider"]), int(row["seconds"]),
    )  # fmt: skip
