"""The model card in words and tables, made from the figures in the networks' cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spine_core import DISCLAIMER
from spine_core.networks.conditions import BY_NAME, CONDITIONS
from spine_core.networks.display_names import network_label
from spine_core.networks.ensemble import ensemble_hash
from spine_core.networks.registry import COUNTER, DETECTOR, SEGMENTER, WEIGHTS
from spine_core.results import criteria_tables as goals
from spine_core.results import distillation_tables as lessons
from spine_core.results import test_log
from spine_core.results import tuning_tables as search
from spine_core.results.markdown import CLASSICAL, SETS, grades_label, question, span, table
from spine_core.training.ablations import card as experiments
from spine_core.training.model_card import level_count_card, plots
from spine_core.training.models.ensemble_selection import AS_GOOD, FEWEST, RAREST

CARD = WEIGHTS / "MODEL_CARD.md"

FINE = "last stage at stride 1"

LITE = "torchvision's EfficientNet-B0 without squeeze-and-excitation"

ABOUT = {
    "resnet18": f"ResNet-18 (torchvision), started from the localiser's trunk; {FINE}",
    "resnet14": "ResNet-14 (torchvision's ResNet-18 without its last stage), started from the localiser's trunk",
    "efficientnet_lite0": f"EfficientNet-Lite0 ({LITE}), started from ImageNet; {FINE}",
    "efficientnet_lite0_coarse": f"EfficientNet-Lite0 ({LITE}) that sees two thirds of the pixels along each side "
    f"(128x128), started from ImageNet; {FINE}",
    "efficientnet_lite1": f"EfficientNet-Lite1 ({LITE}, a tenth deeper), started from ImageNet; {FINE}",
    "efficientnet_lite2": f"EfficientNet-Lite2 ({LITE}, a tenth wider and a fifth deeper), started from ImageNet; "
    f"{FINE}",
    "densenet121": f"DenseNet-121 (torchvision), random start; {FINE}",
}

HELPERS = {
    DETECTOR: "finds the discs and their levels (ResNet-18 with a feature pyramid)",
    SEGMENTER: "outlines disc, vertebra and canal on the slices chosen (three stages of the same, at twice the "
    "resolution), from which measurements, named structures and their doubt are taken",
    COUNTER: "says how likely the level names are right (a small convolutional network that sees the whole chain)",
}
"""Networks that answer nothing about a disc, and what they do."""

LIMITS = """\
- Not validated clinically, on no external hospital beyond the two public sets; no figure here is a promise for yours.
- One mid-sagittal slice per disc is read. Axial series, side, foramina and lateral recesses are not assessed.
- `ddd` and the bulge nearly exclude each other in the Sudirman labels (most Pfirrmann IV discs there are called bulge
  or normal), and `canal_stenosis` marks 82 % of bulging discs and no normal one: it means any indentation of the
  thecal sac, not a graded stenosis.
- The two sets draw the line of a bulge differently; a network fitted on one falls to 0.60-0.75 on the other.
- Herniation (62 discs), spondylolisthesis (33 discs and 48 boxes per weighting) and Modic types 1 and 3 (ten discs)
  are rare in the training data: their intervals are wide and types 1 and 3 are practically never answered.
- Prediction sets promise their coverage for patients like those of fold 1. Calibration and sets were both found on
  that fold, which also selected the networks. Of rare grades they can hold fewer than promised: see the sets by true
  grade.
- The localiser was trained on after the kept experiments were made: they learned from crops about discs as the one
  before (`6f8428a6` in the log) placed them.
- All three networks learned from the same teachers. Their votes are less independent of each other than those of
  networks trained apart.
- Teachers and networks were trained on a graphics card, several at once; the EfficientNets' ImageNet weights came there
  in half precision. A repetition gives networks of the same kind, not the same bytes.
- What the networks refuse was tried on the pictures of the table above; photographs and noise of that kind were also
  shown in training as "nothing here". It is the localiser that refuses them: a disc that a reader puts by hand where
  none is passes it by, and is often graded (last rows of that table); every finding then tells that no disc is
  outlined there. No cervical or knee MR and no axial slice of a patient was at hand, phantoms alone; those of head,
  neck and knee are drawn of ellipses. Nor was a far parasagittal slice: beside some disc of every slice with masks
  there is canal. Slices to the side of the canal were tried on phantoms alone, and are refused by their outlines: most
  discs of the slice have no canal beside them. That rule, and its limit of half, was set on phantoms and on the
  pictures of fold 1, whose row "as they are" says how often it errs.
- Levels are counted upwards from the sacrum. A sixth lumbar vertebra, or a fifth grown into the sacrum, cannot be told
  on mid-sagittal slices, and no patient of the two sets is marked as having one. How likely the count is right is told
  as a probability; two networks that are wrong together are not noticed (see how sure the level count is).
- SPIDER grades were given on the whole examination; the networks see one slice.
- The picture sets are 8-bit PNG re-encodings; DICOM studies of your scanner may look different to the networks.
"""

PUBLISHED = (
    "Sudirman's T1 boxes were not drawn on T1. They are those of T2 to the tenth of a pixel, also where the patient "
    "moved in between, and in places the files are out by one patient: there the labels are somebody else's. In the "
    "figures of this fold T1 has the boxes of the T2 beside it, moved as the picture moved (phase correlation of "
    "edges, scikit-image); pictures with another patient's boxes and no T2 are left out. The networks that ship and "
    "their teachers learned from the boxes as published. Copied labels are no second reading: how two readers would "
    "differ cannot be estimated from T1 against T2. An estimate from what the teachers say stands in their table."
)

FOLDS = (
    ("test", "Test patients (fold 0)", "python -m spine_core evaluate --test"),
    (
        "selection",
        "Selection and calibration patients (fold 1; chosen on, so optimistic)",
        "python -m spine_core evaluate",
    ),
)
"""Where figures lie in the card, what they are of, and the command that repeats them."""


def write_model_card(card: dict[str, Any]) -> Path:
    """Writes ``assets/weights/MODEL_CARD.md`` and its plots."""
    plots.draw(card["figures"])
    CARD.write_text(model_card(card))
    return CARD


def model_card(card: dict[str, Any]) -> str:
    """The card in Markdown, from the ensemble's card and those of its members beside the weights."""
    members = [json.loads((WEIGHTS / m["file"]).with_suffix(".json").read_text()) for m in card["members"]]
    contract = members[0]["preprocessing"]
    parts = [
        f"# Model card: {card['name']} {card['version']}",
        f"**{DISCLAIMER}**",
        f"The mean of {len(members)} networks, each asked about {contract['size']}x{contract['size']} crops of "
        f"{contract['width']} disc distances about a disc, T2 and T1 as two channels of which one may be missing. "
        f"Identity `{ensemble_hash(card['members'], card['calibration'])}`. Put together by `{card['trained_by']}`.",
        *("- " + _member(member) for member in members),
        *("- " + _helper(file, does) for file, does in HELPERS.items()),
        "## Intended use\nTeaching, research and audits of explanation methods on lumbar MR. Not for patient care.",
        "## Data\n"
        + "\n".join(f"- {s}" for s in members[0]["sources"])
        + f"\n\nSplit: {members[0]['split']}.",
        "## What is graded\n" + "\n".join(f"- **{c.label}** (`{c.name}`): {c.help}" for c in CONDITIONS),
        *_figures(card),
        *level_count_card.section(json.loads((WEIGHTS / COUNTER).with_suffix(".json").read_text())),
        *_tried(card.get("tried", [])),
        *lessons.section(card.get("teachers")),
        *experiments.section(card.get("experiments", [])),
        *search.section(card.get("search")),
        "## Limits\n" + LIMITS,
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _member(member: dict[str, Any]) -> str:
    return (
        f"**{member['name']}** {member['version']}: {ABOUT[member['architecture']]}. "
        f"sha256 `{member['sha256']}`. Trained by `{member['trained_by']}`{_taught(member)}."
    )


def _taught(member: dict[str, Any]) -> str:
    if "taught" not in member:
        return ""
    told = 100 * member["taught"]["share"]
    return f", {100 - told:.0f} % of the loss from the labels and {told:.0f} % from the teachers' answers (see there)"


def _helper(file: str, does: str) -> str:
    own = json.loads((WEIGHTS / file).with_suffix(".json").read_text())
    return f"**{own['name']}** {own['version']} {does}. sha256 `{own['sha256']}`. Trained by `{own['trained_by']}`."


def _figures(card: dict[str, Any]) -> list[str]:
    out = []
    for name, title, command in FOLDS:
        figures = card["figures"].get(name)
        if figures is not None:
            out.append(f"## {title}\nRepeat with `{command}`. The product's own localiser places the discs; intervals "
                       "are 95 % bootstrap intervals over patients.")  # fmt: skip
            out += [_located(figures["located"]), _outlined(figures["outlined"]), _graded(figures["graded"])]
            out += plots.links(name)
            out += [
                "AUROC of each network alone, and of logistic regressions (`python -m spine_core train baselines`) on "
                "measurements taken from the masks, and on those with what the networks saw:",
                _alone(figures["graded"]),
                "Real patients of both sets and weightings together. The calibration error is over ten bins of equal "
                "mass; beside it what it would be on the average if the probabilities were exact, since so few discs "
                "scatter about them. In the last line all answers are pooled; what one finding says too often and "
                "another too seldom can cancel out there. A set holds the grades that cannot be ruled out, and should "
                "hold the true one in 90 %, and in 80 % of the discs of each grade: for rare findings this asks for "
                "larger sets than that.",
                _calibrated(figures["calibrated"], figures["pooled"]),
                "The same sets by true grade. Grades that too few patients have are told together.",
                _by_grade(figures["calibrated"]),
                "Pictures that the networks were not made for, and how many of them got no finding at all:",
                _refused(figures["refused"]),
                *_published(figures["published"], figures),
            ]
            if name == "test":
                out += goals.section(figures, test_log.every())
    return out


def _tried(rows: list[dict[str, Any]]) -> list[str]:
    """Which networks were asked together on fold 1; nothing where there was no choice."""
    if not rows:
        return []
    return [
        "## Which networks answer together\nEvery group of the trained networks on fold 1: mean AUROC over the "
        f"questions with {RAREST} discs or more of either answer, and what one disc costs. Chosen is the group that "
        f"computes least among those of {FEWEST} or more within {AS_GOOD} of the best of these. Made by "
        "`python -m spine_core train ensemble`; to repeat it, train the networks that are not shipped first "
        "(`train grader --backbone NAME`).",
        table(
            ["networks", "mean AUROC", "T2", "T1", "thousand million operations"],
            [
                [", ".join(network_label(name) for name in r["members"]),
                 *(f"{r[name]:.4f}" for name in ("auroc", "t2", "t1")), f"{r['operations']:.1f}"]
                for r in rows
            ],
        ),
    ]  # fmt: skip


def _located(rows: list[dict[str, Any]]) -> str:
    return table(
        ["set", "weighting", "patients", "discs", "found at the right level", "median error"],
        [
            [SETS[r["source"]], r["sequence"].upper(), str(r["patients"]), str(r["discs"]), span(r, "found"),
             f"{r['median_error']:.3f}"]
            for r in rows
        ],
    )  # fmt: skip


def _outlined(rows: list[dict[str, Any]]) -> str:
    return table(
        [
            "outline on SPIDER's T2 SPACE slices",
            "patients",
            "slices",
            "Dice",
            "Hausdorff 95 in disc distances",
        ],
        [
            [r["structure"], str(r["patients"]), str(r["slices"]), span(r, "dice"), f"{r['hausdorff']:.3f}"]
            for r in rows
        ],
    )


def _graded(rows: list[dict[str, Any]]) -> str:
    return table(
        ["set", "weighting", "finding", "patients", "discs (positive)", "AUROC (95 %)", "level alone", "kappa",
         "Brier"],
        [
            [SETS[r["source"]], r["sequence"].upper(), question(r), str(r["patients"]),
             f"{r['discs']} ({r['positives']})", span(r, "auroc"),
             "" if r["level_only"] is None else f"{r['level_only']:.3f}",
             span(r, "kappa", "kappa_low", "kappa_high", 2), f"{r['brier']:.3f}"]
            for r in rows
        ],
    )  # fmt: skip


def _alone(rows: list[dict[str, Any]]) -> str:
    names, classical = list(rows[0]["members"]), list(rows[0]["baselines"])
    return table(
        ["set", "weighting", "finding", "together", *names, *(CLASSICAL[name] for name in classical)],
        [
            [SETS[r["source"]], r["sequence"].upper(), question(r), f"{r['auroc']:.3f}",
             *(f"{r['members'][name]:.3f}" for name in names),
             *(f"{r['baselines'][name]:.3f}" for name in classical)]
            for r in rows
            if r["source"] != "phantom"
        ],
    )  # fmt: skip


def _calibrated(rows: list[dict[str, Any]], pooled: list[dict[str, Any]]) -> str:
    return table(
        ["finding", "discs", "calibration error", "of exact probabilities", "coverage of sets",
         "of the likeliest grade alone", "mean set size"],
        [
            *([question(r), str(r["discs"]), span(r, "error"), f"{r['least']:.3f}",
               span(r, "coverage", "coverage_low", "coverage_high"), f"{r['likeliest']:.3f}",
               "" if r["set_size"] is None else f"{r['set_size']:.2f}"]
              for r in rows),
            *(["All findings together", f"{r['answers']} answers", span(r, "error"), f"{r['least']:.3f}", "", "", ""]
              for r in pooled),
        ],
    )  # fmt: skip


def _by_grade(rows: list[dict[str, Any]]) -> str:
    return table(
        ["finding", "true grade", "patients", "discs", "coverage of sets", "mean set size"],
        [
            [BY_NAME[r["condition"]].label, grades_label(r["condition"], one["grades"]), str(one["patients"]),
             str(one["discs"]), span(one, "coverage"), f"{one['set_size']:.2f}"]
            for r in rows for one in r["by_grade"] if one["coverage"] is not None
        ],
    )  # fmt: skip


def _refused(rows: list[dict[str, Any]]) -> str:
    return table(
        [
            "kind of picture",
            "pictures",
            "refused",
            "share (95 %)",
            "graded, but told of no disc or canal there",
        ],
        [
            [
                r["kind"],
                str(r["pictures"]),
                str(r["refused"]),
                span(r, "share", digits=2),
                str(r["warned"]),
            ]
            for r in rows
        ],
    )


def _published(published: dict[str, Any], figures: dict[str, Any]) -> list[str]:
    """What is wrong with Sudirman's T1 boxes, and what the mending of them changes."""
    return [
        PUBLISHED,
        table(
            ["boxes of Sudirman's T1 pictures are", "pictures", "of these patients"],
            [[row["origin"], str(row["pictures"]), str(row["of_fold"])] for row in published["origins"]],
        ),
        "The same answers about these patients' T1, on boxes as they were published and as they are mended:",
        table(["Sudirman, T1", "as published", "mended"], list(_both(published, figures))),
    ]


def _both(published: dict[str, Any], figures: dict[str, Any]) -> Iterator[list[str]]:
    yield [
        "discs found at the right level",
        *(span(_t1(own["located"])[0], "found") for own in (published, figures)),
    ]
    mended = {row["condition"]: row for row in _t1(figures["graded"])}
    for row in _t1(published["graded"]):
        if row["condition"] in mended:
            yield [f"{question(row)}: AUROC", span(row, "auroc"), span(mended[row["condition"]], "auroc")]


def _t1(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if (row["source"], row["sequence"]) == ("sudirman", "t1")]
