"""Audit one finding: do its maps pass the controls, and do they depend on what the network has learned?

Two tests. First, deletion and insertion areas next to those of control maps (random, blurred random, edges): a method
that does no better says nothing about this network. Second, parameter randomisation (Adebayo et al. 2018): once all
weights are shuffled, the map should no longer resemble the original one.
Run it with ``.venv/bin/python -m docs.examples.audit_one_finding OUT``.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import spine_core as sl
from spine_core.comparison.metrics.randomisation.parameter_randomisation import (
    ParameterRandomisation,
    parameter_randomisation,
)
from spine_core.networks.registry import Bundle
from spine_core.phantom import demo_study

LEVEL, CONDITION = "L4/L5", "herniation"
METHODS = ("grad_cam", "random_cam")
"""A method, and a control that sees the network's features but not its prediction."""


def main(
    out: Path, networks: Bundle | None = None
) -> tuple[sl.FindingComparison, tuple[ParameterRandomisation, ...]]:
    """Writes ``audit.csv``, ``audit.html`` and ``randomisation.csv`` into ``out``; returns what they hold.

    ``networks``: those that come with SpineLens unless others are given.
    """
    out.mkdir(parents=True, exist_ok=True)
    reading = sl.read(sl.open_study(demo_study(out / "demonstration")), networks)
    maps = [sl.explain(reading, LEVEL, CONDITION, method=method) for method in METHODS]

    comparison = sl.compare(maps)
    for verdict in comparison.comparison.verdicts:
        print(f"{verdict.method}: {verdict.outcome}")
    comparison.to_csv(out / "audit.csv")
    comparison.to_html(out / "audit.html")

    randomised = tuple(parameter_randomisation(one.explanation, one.network, one.image) for one in maps)
    with (out / "randomisation.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["method", "shuffled_fraction", "rank_correlation", "chance", "passed", "note"])
        for test in randomised:
            for stage in test.stages:
                row = [test.method, stage.depth, stage.similarity, test.chance, test.passed, sl.DISCLAIMER]
                writer.writerow(row)
    return comparison, randomised


if __name__ == "__main__":
    main(Path(sys.argv[1]))
