"""The model card in Markdown, from a template and the figures stored in the networks' cards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spine_core import DISCLAIMER
from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.networks.conditions import BY_NAME, CONDITIONS
from spine_core.networks.display_names import network_label
from spine_core.networks.ensemble import ensemble_hash
from spine_core.networks.registry import COUNTER, DETECTOR, SEGMENTER, WEIGHTS
from spine_core.results import criteria_tables, distillation_tables, test_log, tuning_tables
from spine_core.results.markdown import (
    BASELINE_INPUTS,
    format_estimate,
    grades_label,
    markdown_table,
    task_label,
)
from spine_core.training.ablations import card as ablations
from spine_core.training.datasets.corrected_boxes import BoxOrigin
from spine_core.training.model_card import (
    generator_card,
    level_count_card,
    measurement_card,
    plots,
    retrieval_card,
)
from spine_core.training.model_card.rendering import render
from spine_core.training.models.ensemble_selection import MIN_LABELS, MIN_MEMBERS, TOLERANCE

CARD = WEIGHTS / "MODEL_CARD.md"

STRIDE_1 = "stride 1 in the last stage"

LITE = "torchvision's EfficientNet-B0 without squeeze-and-excitation"

ARCHITECTURES = {
    "resnet18": f"ResNet-18 (torchvision), initialised from the detector's trunk; {STRIDE_1}",
    "resnet14": "ResNet-14 (torchvision's ResNet-18 without its last stage), initialised from the detector's trunk",
    "efficientnet_lite0": f"EfficientNet-Lite0 ({LITE}), initialised from ImageNet; {STRIDE_1}",
    "efficientnet_lite0_coarse": f"EfficientNet-Lite0 ({LITE}) on two thirds of the pixels along each side (128x128), "
    f"initialised from ImageNet; {STRIDE_1}",
    "efficientnet_lite1": f"EfficientNet-Lite1 ({LITE}, one tenth deeper), initialised from ImageNet; {STRIDE_1}",
    "efficientnet_lite2": f"EfficientNet-Lite2 ({LITE}, one tenth wider and one fifth deeper), initialised from "
    f"ImageNet; {STRIDE_1}",
    "densenet121": f"DenseNet-121 (torchvision), randomly initialised; {STRIDE_1}",
}

HELPERS = {
    DETECTOR: "detects the discs and their levels (ResNet-18 with a feature pyramid)",
    SEGMENTER: "segments disc, vertebra and canal on the selected slices (three stages of the same network at twice "
    "the resolution); measurements, named structures and their uncertainty are derived from the segmentation",
    COUNTER: "estimates the probability that the level names are correct (a small convolutional network that sees the "
    "whole spine)",
}
"""The networks that do not grade, and what they do."""

ORIGINS = {
    BoxOrigin.SAME_EXAMINATION: "equal to those of T2 of the same examination",
    BoxOrigin.SAME_PATIENT: "equal to those of another T2 of the patient",
    BoxOrigin.OTHER_PATIENT: "equal to those of another patient's T2",
    BoxOrigin.UNMATCHED: "not equal to those of any T2; there is a T2 of the same examination",
    BoxOrigin.UNMATCHED_NO_T2: "not equal to those of any T2; there is no T2 of the same examination",
}

FOLDS = (
    ("test", "Test patients (fold 0)", "python -m spine_core evaluate --test"),
    (
        "selection",
        "Selection and calibration patients (fold 1; optimistic, because networks were selected on them)",
        "python -m spine_core evaluate",
    ),
)
"""Name of a fold in the card, title of its section, and the command that repeats it."""

Row = Mapping[str, Any]


def write_model_card(card: Row) -> Path:
    """Writes ``assets/weights/MODEL_CARD.md`` and its plots; returns its path."""
    plots.draw(card["figures"])
    CARD.write_text(model_card(card))
    return CARD


def model_card(card: Row) -> str:
    """The model card in Markdown, from the ensemble's card and those of all networks next to the weights."""
    members = [_stored(entry["file"]) for entry in card["members"]]
    preprocessing = members[0]["preprocessing"]
    text = render(
        "card",
        name=card["name"],
        version=card["version"],
        disclaimer=DISCLAIMER,
        count=str(len(members)),
        size=str(preprocessing["size"]),
        width=str(preprocessing["width"]),
        hash=ensemble_hash(card["members"], card["calibration"]),
        command=card["trained_by"],
        members="\n\n".join("- " + _member(member) for member in members),
        helpers="\n\n".join("- " + _helper(file, role) for file, role in HELPERS.items()),
        sources="\n".join(f"- {source}" for source in members[0]["sources"]),
        split=members[0]["split"],
        conditions="\n".join(f"- **{c.label}** (`{c.name}`): {c.help}" for c in CONDITIONS),
        evaluations="\n\n".join(_evaluations(card["figures"])),
        level_count=level_count_card.section(_stored(COUNTER)),
        retrieval=retrieval_card.section(ensemble_hash(card["members"], card["calibration"])),
        measurements=measurement_card.section(),
        generator=generator_card.section(),
        candidates=_candidates(card.get("candidates", [])),
        teachers="\n\n".join(distillation_tables.section(card.get("teachers"))),
        ablations="\n\n".join(ablations.section(card.get("experiments", []))),
        tuning="\n\n".join(tuning_tables.section(card.get("tuning"))),
    )
    return text + "\n"


def _stored(file: str) -> dict[str, Any]:
    """The JSON card of a weights file."""
    card: dict[str, Any] = json.loads((WEIGHTS / file).with_suffix(".json").read_text())
    return card


def _member(member: Row) -> str:
    return (
        f"**{member['name']}** {member['version']}: {ARCHITECTURES[member['architecture']]}. "
        f"sha256 `{member['sha256']}`. Trained by `{member['trained_by']}`{_distillation(member)}."
    )


def _distillation(member: Row) -> str:
    if "distillation" not in member:
        return ""
    weight = 100 * member["distillation"]["weight"]
    return (
        f"; {100 - weight:.0f} % of the loss from the labels and {weight:.0f} % from the soft targets of the teachers "
        "(see that section)"
    )


def _helper(file: str, role: str) -> str:
    own = _stored(file)
    return f"**{own['name']}** {own['version']} {role}. sha256 `{own['sha256']}`. Trained by `{own['trained_by']}`."


def _evaluations(figures: Row) -> Iterator[str]:
    for name, title, command in FOLDS:
        of_fold = figures.get(name)
        if of_fold is None:
            continue
        yield _evaluation(name, title, command, of_fold)
        if name == "test":
            yield from criteria_tables.section(of_fold, test_log.read_log())


def _evaluation(name: str, title: str, command: str, figures: Row) -> str:
    original = figures["original_labels"]
    return render(
        "fold",
        title=title,
        command=command,
        detection=_detection(figures["detection"]),
        segmentation=_segmentation(figures["segmentation"]),
        grading=_grading(figures["grading"]),
        plots="\n\n".join(plots.links(name)),
        baselines=_baselines(figures["grading"]),
        calibration=_calibration(figures["calibration"], figures["overall_calibration"]),
        by_grade=_by_grade(figures["calibration"]),
        rejection=_rejection(figures["ood_rejection"]),
        origins=_origins(original["origins"]),
        original_labels=markdown_table(
            ["Sudirman, T1", "original boxes", "corrected boxes"], list(_original_labels(original, figures))
        ),
    )


def _candidates(rows: list[Row]) -> str:
    """How the members of the ensemble were selected; empty if there was no choice."""
    if not rows:
        return ""
    table = markdown_table(
        ["networks", "mean AUROC", "T2", "T1", "billion operations per disc"],
        [
            [", ".join(network_label(name) for name in r["members"]),
             *(f"{r[name]:.4f}" for name in ("auroc", "t2", "t1")), f"{r['operations']:.1f}"]
            for r in rows
        ],
    )  # fmt: skip
    return render(
        "candidates",
        labels=str(MIN_LABELS),
        members=str(MIN_MEMBERS),
        tolerance=str(TOLERANCE),
        table=table,
    )


def _detection(rows: list[Row]) -> str:
    return markdown_table(
        ["dataset", "weighting", "patients", "discs", "detected at the correct level",
         "median error in inter-disc distances"],
        [
            [DATASET_LABELS[r["source"]], r["sequence"].upper(), str(r["patients"]), str(r["discs"]),
             format_estimate(r, "found"), f"{r['median_error']:.3f}"]
            for r in rows
        ],
    )  # fmt: skip


def _segmentation(rows: list[Row]) -> str:
    return markdown_table(
        ["segmentation of SPIDER's T2 SPACE slices", "patients", "slices", "Dice",
         "Hausdorff 95 in inter-disc distances"],
        [
            [r["structure"], str(r["patients"]), str(r["slices"]), format_estimate(r, "dice"),
             f"{r['hausdorff']:.3f}"]
            for r in rows
        ],
    )  # fmt: skip


def _grading(rows: list[Row]) -> str:
    return markdown_table(
        ["dataset", "weighting", "finding", "patients", "discs (positive)", "AUROC (95 %)", "disc level only", "kappa",
         "Brier score"],
        [
            [DATASET_LABELS[r["source"]], r["sequence"].upper(), task_label(r), str(r["patients"]),
             f"{r['discs']} ({r['positives']})", format_estimate(r, "auroc"),
             "" if r["level_only"] is None else f"{r['level_only']:.3f}",
             format_estimate(r, "kappa", "kappa_low", "kappa_high", 2), f"{r['brier']:.3f}"]
            for r in rows
        ],
    )  # fmt: skip


def _baselines(rows: list[Row]) -> str:
    names, baselines = list(rows[0]["members"]), list(rows[0]["baselines"])
    return markdown_table(
        ["dataset", "weighting", "finding", "ensemble", *names, *(BASELINE_INPUTS[name] for name in baselines)],
        [
            [DATASET_LABELS[r["source"]], r["sequence"].upper(), task_label(r), f"{r['auroc']:.3f}",
             *(f"{r['members'][name]:.3f}" for name in names),
             *(f"{r['baselines'][name]:.3f}" for name in baselines)]
            for r in rows
            if r["source"] != "phantom"
        ],
    )  # fmt: skip


def _calibration(rows: list[Row], overall: list[Row]) -> str:
    return markdown_table(
        ["finding", "discs", "calibration error", "expected if exact", "coverage of prediction sets",
         "coverage of the most likely grade alone", "mean set size"],
        [
            *([task_label(r), str(r["discs"]), format_estimate(r, "error"), f"{r['expected_error']:.3f}",
               format_estimate(r, "coverage", "coverage_low", "coverage_high"), f"{r['top1_accuracy']:.3f}",
               "" if r["set_size"] is None else f"{r['set_size']:.2f}"]
              for r in rows),
            *(["All findings", f"{r['predictions']} predictions", format_estimate(r, "error"),
               f"{r['expected_error']:.3f}", "", "", ""]
              for r in overall),
        ],
    )  # fmt: skip


def _by_grade(rows: list[Row]) -> str:
    return markdown_table(
        ["finding", "true grade", "patients", "discs", "coverage of prediction sets", "mean set size"],
        [
            [BY_NAME[r["condition"]].label, grades_label(r["condition"], one["grades"]), str(one["patients"]),
             str(one["discs"]), format_estimate(one, "coverage"), f"{one['set_size']:.2f}"]
            for r in rows for one in r["by_grade"] if one["coverage"] is not None
        ],
    )  # fmt: skip


def _rejection(rows: list[Row]) -> str:
    return markdown_table(
        ["kind of image", "images", "rejected", "fraction (95 %)", "graded with a warning of no disc or canal"],
        [
            [r["kind"], str(r["images"]), str(r["rejected"]), format_estimate(r, "share", digits=2), str(r["warned"])]
            for r in rows
        ],
    )  # fmt: skip


def _origins(rows: list[Row]) -> str:
    return markdown_table(
        ["original boxes of Sudirman's T1 images", "images", "of these patients"],
        [[ORIGINS[BoxOrigin(row["origin"])], str(row["images"]), str(row["of_fold"])] for row in rows],
    )


def _original_labels(original: Row, figures: Row) -> Iterator[list[str]]:
    """Detection rate and AUROC on Sudirman's T1, on the original and on the corrected boxes."""
    detection = (_t1(own["detection"])[0] for own in (original, figures))
    yield ["discs detected at the correct level", *(format_estimate(row, "found") for row in detection)]
    corrected = {row["condition"]: row for row in _t1(figures["grading"])}
    for row in _t1(original["grading"]):
        if row["condition"] in corrected:
            after = corrected[row["condition"]]
            yield [
                f"{task_label(row)}: AUROC",
                format_estimate(row, "auroc"),
                format_estimate(after, "auroc"),
            ]


def _t1(rows: list[Row]) -> list[Row]:
    return [row for row in rows if (row["source"], row["sequence"]) == ("sudirman", "t1")]
