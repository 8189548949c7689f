"""The trials of a search as CSV: what it goes on from, and what the model card is made from."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from spine_core.results.tuning import Search, Trial, Values, chosen

HEADS = ("number", *(field.name for field in fields(Values)), "auroc", "sudirman", "spider", "seconds")


def write(path: Path, command: str, trials: Sequence[Trial]) -> None:
    """A comment with the command, then one row per trial. Whoever is killed meanwhile leaves the table before."""
    text = io.StringIO()
    text.write(f"# {command}\n")
    rows = csv.DictWriter(text, HEADS, lineterminator="\n")
    rows.writeheader()
    for trial in trials:
        row = asdict(trial)
        rows.writerow(row.pop("values") | row)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".tmp")
    half.write_text(text.getvalue())
    half.replace(path)


def read(path: Path) -> Search | None:
    """What ``write`` wrote; None where there is no file."""
    if not path.is_file():
        return None
    with path.open(newline="") as handle:
        command = handle.readline().removeprefix("#").strip()
        return Search(command, tuple(_trial(row) for row in csv.DictReader(handle)))


def _trial(row: dict[str, str]) -> Trial:
    return Trial(
        int(row["number"]), chosen(row), float(row["auroc"]), float(row["sudirman"]), float(row["spider"]),
        int(row["seconds"]),
    )  # fmt: skip
