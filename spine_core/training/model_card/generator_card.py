"""The model card's section on the generator of disc images."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from spine_core.networks.conditions import BY_NAME
from spine_core.networks.registry import WEIGHTS
from spine_core.results.generator_results import stored_results, use_of
from spine_core.results.markdown import format_estimate, markdown_table
from spine_core.synthesis.generator import GENERATOR
from spine_core.synthesis.sampling import GUIDANCE
from spine_core.training.model_card.rendering import render

ARMS = {"flow": "flow matching", "gan": "conditional GAN"}
FOLDS = {"test": "0 (test)", "selection": "1"}
TAUGHT = ("synthetic", "real", "both", "prior")
KID_SCALE = 1000

Row = Mapping[str, Any]


def section() -> str:
    """The section in Markdown, from the generator's card and the stored figures; empty without a generator."""
    path = (WEIGHTS / GENERATOR).with_suffix(".json")
    if not path.is_file():
        return ""
    card, results = json.loads(path.read_text()), stored_results()
    tested = results.get("flow", {}).get("test", {})
    return render(
        "generator",
        use_words=f"By its evaluation on the test patients, it is {use_of(tested.get('utility', [])).value}.",
        parameters=f"{card['parameters']:,}",
        hash=card["sha256"],
        command=card["trained_by"],
        steps=str(card["plan"]["steps"]),
        batch=str(card["plan"]["batch"]),
        guidance=f"{GUIDANCE:g}",
        schedule=card.get("note", ""),
        distance=markdown_table(
            [
                "generator",
                "fold",
                "patients",
                "features",
                "discs",
                "real discs",
                "samples",
                "generated",
                "floor",
            ],
            [_distance(arm, fold, row) for arm, fold, found in _each(results) for row in found["distance"]],
        ),
        utility=markdown_table(
            [
                "generator",
                "fold",
                "judge",
                "epochs",
                "images",
                "synthetic",
                "real",
                "both",
                "prior",
                "gain over prior",
            ],
            [_utility(arm, fold, row) for arm, fold, found in _each(results) for row in found["utility"]],
        ),
        grades=markdown_table(
            ["generator", "fold", "grade", *TAUGHT],
            [line for arm, fold, found in _each(results) for line in _grades(arm, fold, found["utility"][0])],
        ),
        what_ifs=markdown_table(
            ["fold", "condition", "turned", "95 %", "change", "probability of the other grade", "seconds"],
            [_what_if(fold, row) for _, fold, found in _each(results) for row in found.get("what_if", [])],
        ),
        copies=markdown_table(
            ["generator", "fold held out", "copies", "95 %", "median distance", "of held-out discs"],
            [_copies(arm, fold, found["copies"]) for arm, fold, found in _each(results)],
        ),
    )


def _each(results: Row) -> Iterator[tuple[str, str, Row]]:
    for arm, label in ARMS.items():
        for fold, words in FOLDS.items():
            if fold in results.get(arm, {}):
                yield label, words, results[arm][fold]


def _group(name: str) -> str:
    condition, _, grade = name.partition("=")
    if not grade:
        return name
    known = BY_NAME[condition]
    return f"{known.label} {known.grade_labels[known.grades.index(grade)]}"


def _distance(arm: str, fold: str, row: Row) -> list[str]:
    made, floor = (
        {
            name: None if row[side][name] is None else KID_SCALE * row[side][name]
            for name in ("value", "low", "high")
        }
        for side in ("synthetic", "floor")
    )
    return [
        arm, fold, str(row["patients"]), row["features"], _group(row["group"]), str(row["synthetic"]["images"]),
        str(row["synthetic"]["others"]), format_estimate(made, "value", digits=1, sign="+"),
        format_estimate(floor, "value", digits=1, sign="+"),
    ]  # fmt: skip


def _utility(arm: str, fold: str, row: Row) -> list[str]:
    return [
        arm, fold, row["judge"].replace("_", " "), str(row["epochs"] or ""), str(row["images"]),
        *(format_estimate(row[name], "value") for name in TAUGHT), format_estimate(row["gain"], "value", sign="+"),
    ]  # fmt: skip


def _grades(arm: str, fold: str, row: Row) -> Iterator[list[str]]:
    for group, values in row["by_grade"].items():
        yield [arm, fold, _group(group), *(format_estimate(values[name], "value") for name in TAUGHT)]


def _copies(arm: str, fold: str, row: Row) -> list[str]:
    return [
        arm, fold, f"{row['copies']} of {row['samples']}", f"{row['low']:.3f}-{row['high']:.3f}",
        f"{row['median']:.2f}", f"{row['held_out_median']:.2f}",
    ]  # fmt: skip


def _what_if(fold: str, row: Row) -> list[str]:
    measured = row["change"] is not None
    return [
        fold, BY_NAME[row["condition"]].label, f"{row['turned']} of {row['discs']}",
        f"{row['low']:.2f}-{row['high']:.2f}", f"{100 * row['change']:.1f}" if measured else "",
        f"{row['probability']:.2f}" if measured else "", f"{row['seconds']:.0f}",
    ]  # fmt: skip
