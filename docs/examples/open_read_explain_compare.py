"""Open the bundled demonstration study, read it, explain one finding and compare the explanations.

Run it with ``.venv/bin/python -m docs.examples.open_read_explain_compare OUT``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import spine_core as sl
from spine_core.networks.registry import Bundle
from spine_core.phantom import demo_study

LEVEL, CONDITION = "L4/L5", "herniation"
SETTINGS: dict[str, dict[str, float | int | str]] = {"grad_cam": {}, "lime": {"samples": 64}}
"""Methods and their settings; a setting that is not named keeps its default."""


def main(out: Path, networks: Bundle | None = None) -> sl.FindingComparison:
    """Writes the reading, the maps and the comparison into ``out``; returns the comparison.

    ``networks``: those that come with SpineLens unless others are given.
    """
    out.mkdir(parents=True, exist_ok=True)

    study = sl.open_study(demo_study(out / "demonstration"))
    for series in study.series:
        print(f"{series.description}: {series.plane}, {series.weighting}, {series.slices} slices")

    reading = sl.read(study, networks)
    reading.to_json(out / "reading.json")
    finding = reading.finding(LEVEL, CONDITION)
    print(f"{LEVEL} {CONDITION}: grade {finding.grade}, probabilities {dict(finding.probabilities)}")

    maps = [
        sl.explain(reading, LEVEL, CONDITION, method=method, settings=settings, seed=0)
        for method, settings in SETTINGS.items()
    ]
    for one in maps:
        one.plot().figure.savefig(out / f"{one.explanation.method}.png")

    comparison = sl.compare(maps)
    print(comparison.summary)
    comparison.to_csv(out / "comparison.csv")
    comparison.to_html(out / "comparison.html")
    return comparison


if __name__ == "__main__":
    main(Path(sys.argv[1]))
