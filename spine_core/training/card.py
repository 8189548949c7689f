"""The model card in words and tables, made from the figures in the grader's card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spine_core import DISCLAIMER
from spine_core.grading.conditions import BY_NAME, CONDITIONS

CARD = Path(__file__).resolve().parents[2] / "assets" / "weights" / "MODEL_CARD.md"

SETS = {
    "sudirman": "Sudirman (one hospital)",
    "spider": "SPIDER (four hospitals)",
    "phantom": "phantoms (synthetic)",
}

LIMITS = """\
- Not validated clinically, on no external hospital beyond the two public sets; no figure here is a promise for yours.
- One mid-sagittal slice per disc is read. Axial series, side, foramina and lateral recesses are not assessed.
- `ddd` and the bulge nearly exclude each other in the Sudirman labels (most Pfirrmann IV discs there are called bulge
  or normal), and `canal_stenosis` marks 82 % of bulging discs and no normal one: it means any indentation of the
  thecal sac, not a graded stenosis.
- The two sets draw the line of a bulge differently; a network fitted on one falls to 0.60-0.75 on the other.
- Herniation (62 discs), spondylolisthesis (33 discs and 48 boxes per weighting) and Modic types 1 and 3 (ten discs)
  are rare in the training data: their intervals are wide and types 1 and 3 are practically never answered.
- The shipped weights come from the two runs of the training command; in the first of them contrast was varied a
  little more than the code does now. A repetition gives a network of the same kind, not the same bytes.
- What the networks refuse was tried on photographs, noise and turned slices, some of which were also shown in training
  as "nothing here"; no cervical, thoracic or knee MR was at hand.
- SPIDER grades were given on the whole examination; the network sees one slice.
- The picture sets are 8-bit PNG re-encodings; DICOM studies of your scanner may look different to the network.
"""


def write_model_card(card: dict[str, Any]) -> Path:
    """Writes ``assets/weights/MODEL_CARD.md``."""
    CARD.write_text(model_card(card))
    return CARD


def model_card(card: dict[str, Any]) -> str:
    """The card in Markdown."""
    parts = [
        f"# Model card: {card['name']} {card['version']}",
        f"**{DISCLAIMER}**",
        f"ResNet-18 (torchvision, last stage at stride 1), {card['contract']['size']}x{card['contract']['size']} crops "
        f"of {card['contract']['width']} disc distances about each disc, T2 and T1 as two channels of which one may be "
        f"missing. sha256 `{card['sha256']}`. Trained by `{card['trained_by']}`.",
        "## Intended use\nTeaching, research and audits of explanation methods on lumbar MR. Not for patient care.",
        "## Data\n" + "\n".join(f"- {source}" for source in card["sources"]) + f"\n\nSplit: {card['split']}.",
        "## What is graded\n" + "\n".join(f"- **{c.label}** (`{c.name}`): {c.help}" for c in CONDITIONS),
        *_figures(card),
        "## Limits\n" + LIMITS,
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _figures(card: dict[str, Any]) -> list[str]:
    out = []
    for name, title, command in (
        ("test", "Test patients (fold 0)", "python -m spine_core evaluate --test"),
        (
            "selection",
            "Selection and calibration patients (fold 1; chosen on, so optimistic)",
            "python -m spine_core evaluate",
        ),
    ):
        figures = card["figures"].get(name)
        if figures is not None:
            out.append(f"## {title}\nRepeat with `{command}`. The product's own localiser places the discs; intervals "
                       "are 95 % bootstrap intervals over patients.")  # fmt: skip
            out += [_located(figures["located"]), _graded(figures["graded"])]
    return out


def _located(rows: list[dict[str, Any]]) -> str:
    lines = ["| set | weighting | patients | discs | found at the right level | median error |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {SETS[r['source']]} | {r['sequence'].upper()} | {r['patients']} | {r['discs']} "
        f"| {r['found']:.3f} ({r['low']:.3f}-{r['high']:.3f}) | {r['median_error']:.3f} |"
        for r in rows
    ]
    return "\n".join(lines)


def _graded(rows: list[dict[str, Any]]) -> str:
    lines = ["| set | weighting | finding | patients | discs (positive) | AUROC (95 %) | level alone | kappa | Brier |",
             "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for r in rows:
        condition = BY_NAME[r["condition"]]
        question = condition.label
        if len(condition.grades) > 2:
            question += f" at least {condition.grade_labels[condition.grades.index(r['at_least'])]}"
        alone = "" if r["level_only"] is None else f"{r['level_only']:.3f}"
        kappa = "" if r["kappa"] is None else f"{r['kappa']:.2f}"
        lines.append(
            f"| {SETS[r['source']]} | {r['sequence'].upper()} | {question} | {r['patients']} "
            f"| {r['discs']} ({r['positives']}) | {r['auroc']:.3f} ({r['low']:.3f}-{r['high']:.3f}) "
            f"| {alone} | {kappa} | {r['brier']:.3f} |"
        )
    return "\n".join(lines)
